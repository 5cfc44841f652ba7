"""How people ask: words before and after, no capitals or marks, slips of the finger, shouting, synonyms."""
import re

from .chance import R, pick
from .inflection import NOUN_FORMS, ROLE_FORMS, capital
from .matching import stems_of, zh_stems_of
from .stock import EVENTS, ROOMS
from .synonyms import swapped, swapped_zh
from .values import LOWER, person

_EXTRA = (
    " again| exactly| please| now| currently| today| at the moment| actually| anyway|, please| by the way| right now| here| then| normally|"
    " usually| in our office| at work| for us"
).split("|")
_BEFORE = (
    "Please tell me: |Quick question: |Hey, |Can you tell me: |Hi, |Hi Pebble, |Pebble, |Hello! |One more thing: |Another question: |And |OK, |So, |"
    "Sorry, |Thanks. |Now tell me: |I was wondering: |Excuse me, |Good morning. |Next: |Can you help me? |I have a question. |Please: |By the way, "
).split("|")
_ASKING_WORDS = frozenset(
    "What Where When Who How Which Why Whose Is Are Does Do Did Can Must May Should Was Were Will Has Have In On At By Until Since For With"
    .split()
)
_ZH_BEFORE = ("请问", "你知道", "请告诉我,", "那么", "帮我看看,")
# keys that lie beside a key
_NEIGHBOURS = {
    letter: beside
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for letter, beside in ((row[i], row[max(0, i - 1) : i] + row[i + 1 : i + 2]) for i in range(len(row)))
}
_CONTRACTED = re.compile(r"^(What|Where|When|Who|How) is ")


def slip(text):
    """One letter swapped with the next, left out, doubled or taken from the key beside it; never in a number or code."""
    places = [i for i in range(1, len(text) - 2) if text[i].islower() and text[i + 1].islower() and text[i - 1].isalpha()]
    if not places:
        return text
    i, k = pick(places), R()
    if k < 0.35:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if k < 0.65:
        return text[:i] + text[i + 1 :]
    if k < 0.8:
        return text[:i] + text[i] + text[i:]
    return text[:i] + pick(_NEIGHBOURS.get(text[i], LOWER)) + text[i + 1 :]


_SLANG = {"your": "ur", "you": "u", "are": "r", "please": "pls", "what is": "whats", "what's": "whats", "because": "bc", "tomorrow": "tmrw", "do not": "dont", "don't": "dont", "with": "w/", "about": "abt", "when": "wen", "does": "dose", "there": "ther"}
_SLANG_WORD = re.compile(r"\b(" + "|".join(sorted(_SLANG, key=len, reverse=True)) + r")\b")


def slang(text):
    """As one types to a friend, a word or two shortened."""
    return _SLANG_WORD.sub(lambda match: _SLANG[match.group(1)] if R() < 0.6 else match.group(1), text.lower()).rstrip("?.")


def _small(question):
    return question[0].lower() + question[1:] if question.split(" ", 1)[0] in _ASKING_WORDS else question


def _for_somebody(question):
    before = pick((
        lambda: f"According to the {pick(NOUN_FORMS)[0]}, ", lambda: f"As a {pick(ROLE_FORMS)[0]}, ", lambda: f"In our {pick(ROOMS)}, ",
        lambda: f"For the {pick(EVENTS)}: ", lambda: f"In the {pick(NOUN_FORMS)[0]} it must say: ",
        lambda: f"The {pick(ROLE_FORMS)[0]} wants to know: ", lambda: f"My {pick(ROLE_FORMS)[0]} asks: ", lambda: f"I'm in the {pick(ROOMS)}. ",
        lambda: f"I am writing a {pick(NOUN_FORMS)[0]}. ", lambda: f"For my {pick(NOUN_FORMS)[0]}: ", lambda: f"{person()} asks: ",
    ))()
    return before + _small(question)


def typed(question, chinese=False):
    """The question as somebody types it; half of the time as it is."""
    k = R()
    if chinese:
        if k < 0.08:
            return question.rstrip("?？")
        if k < 0.4:
            return question.replace("?", "？")
        return pick(_ZH_BEFORE) + question if k < 0.47 else question.rstrip("?？") + pick(("??", "!", "呢?", "")) if k < 0.5 else question
    if k < 0.12:
        return question.rstrip("?.")
    if k < 0.19:
        before = pick(_BEFORE)
        return before + (_small(question) if before[-2] not in ".!?" and R() < 0.6 else question)
    if k < 0.25 and question[-1] == "?":
        return question[:-1] + pick(_EXTRA) + "?"
    if k < 0.27:
        return _for_somebody(question)
    if k < 0.31:
        return question[0].lower() + question[1:]
    if k < 0.36:
        return question.lower()
    if k < 0.375:
        return question.upper()
    if k < 0.41:
        return _CONTRACTED.sub(lambda match: match.group(1) + pick(("'s ", "s ", "'s ")), question)
    if k < 0.47:
        return slip(question)
    if k < 0.49:
        return slip(slip(question.lower().rstrip("?.")))
    if k < 0.515:
        return slang(question)
    if k < 0.535:
        return question.replace("?", pick((" ?", "??", "?!", "...", ".")))
    return question


_TOPIC = re.compile(r"\b(?:the|our|my) ([a-z]+(?: [a-z]+)?)(?=[ ?])")
_REGARDING = (
    "About|I have a question about|It is about|Regarding|It's about|I need to know about|I am looking for|I am interested in"
).split("|")


def _topic_first(question):
    """"Where is the kiln?" as "About the kiln: where is it?"."""
    match = _TOPIC.search(question)
    if not match or match.start() == 0:
        return question
    return (
        pick(_REGARDING) + " " + match.group(0) + pick((". ", ": ", ". ", " - ")) + question[: match.start()] + pick(("it", "that", "it"))
        + question[match.end() :]
    )


def _with_synonyms(stems, put):
    """The stems, where each word that was replaced may also stand as what was put for it: that counts as holding it."""
    for old, new in put:
        olds = stems_of(old)
        news = tuple(form for forms in stems_of(new) for form in forms)
        stems = [forms + news if forms in olds else forms for forms in stems]
    return stems


def ask(made):
    """A question for a sentence of the grammar, its stems, and the type of what it asks."""
    question, kind = made.question()
    question = question.strip()
    if made.chinese:
        stems = zh_stems_of(made, question)
        if R() < 0.3:
            question, put = swapped_zh(question, 0.5)
            stems = [forms + tuple(new for old, new in put if old in forms[0]) for forms in stems]
        return question, stems, kind
    stems = stems_of(question)
    if R() < 0.4:
        question, put = swapped(question, 0.5)
        stems = _with_synonyms(stems, put)
    if R() < 0.02:
        question = _topic_first(question)
    return capital(question), stems, kind
