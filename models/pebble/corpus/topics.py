"""Topics (families/topics-*.txt): words that belong to one matter of life, whatever their kind, for what a thesaurus doesn't tell.

A line is `title: things ; deeds ; qualities`, each parted by commas. Who asks about the one and who writes the other mean the same
matter: "Where is the leak?" and "Water drips from the ceiling". Loose sentences are made of them; the meaning is what counts.
"""
from functools import cache
from pathlib import Path

from . import alphabets, labels
from .chance import R, between, pick, reseed, shuffled
from .format import UNKNOWN, cite, with_context
from .inflection import a_an, capital, plural, verb_forms
from .sentence import answer, holds_first_person
from .slots import fill
from .talk import system, with_system

_FOLDER = Path(__file__).parent / "families"


class Topic:
    """`words` are (kind, text) with kind n, v or a."""

    __slots__ = ("title", "words", "number")

    def __init__(self, title, words, number):
        self.title, self.words, self.number = title, words, number


def _read(language):
    topics = []
    for path in sorted(_FOLDER.glob(f"topics-*{language}*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            title, colon, rest = line.partition(":")
            if not colon:
                raise ValueError(f"{path.name}:{number}: not a topic: {line}")
            words = []
            for kind, part in zip("nva", (rest.split(";") + ["", ""])[:3]):
                words += [(kind, word.strip()) for word in part.split(",") if word.strip()]
            if len(words) > 3:
                topics.append(Topic(title.strip(), words, len(topics)))
    return topics


TOPICS = {language: _read(language) for language in ("en", "zh")}


@cache
def _forms(verb):
    first, _, rest = verb.partition(" ")
    rest = " " + rest if rest else ""
    return tuple(form + rest for form in verb_forms(first))


@cache
def _plural(noun):
    *before, last = noun.split(" ")
    return " ".join([*before, last if last.endswith("s") else plural(last)])


def _noun(word):
    k = R()
    if k < 0.35:
        return "the " + word
    if k < 0.5:
        return "the " + _plural(word)
    if k < 0.6:
        return _plural(word)
    if k < 0.72:
        return a_an(word) + word if not word.endswith("s") else word
    return pick(("our ", "my ", "that ", "this ", "some ", "every ", "")) + word


def _who():
    k = R()
    return pick(("we", "I", "you", "they", "people", "guests", "everybody", "somebody", "nobody")) if k < 0.5 else fill("first", "en") if k < 0.85 else "the " + fill("role", "en")


def _does(forms):
    base, third, past, participle, ing = forms
    who, k = _who(), R()
    many = who in ("we", "I", "you", "they", "people", "guests")
    if k < 0.3:
        return f"{who} {base if many else third}"
    if k < 0.5:
        return f"{who} {past}"
    if k < 0.65:
        return f"{who} {pick(('must', 'can', 'may', 'should', 'will'))} {base}"
    if k < 0.8:
        return pick(("please ", "to ", "do not ", "remember to ", "always ", "never ")) + base
    return ing if k < 0.9 else f"it {third}" if k < 0.95 else participle


_DETAILS = ("time", "day", "date", "place", "person", "money", "phone", "num", "freq", "duration", "room", "firm", "color", "code")
_NOUN_FRAMES = (
    "{x} is in {place}", "{x}: {person}", "{person} has {x}", "{x} until {time}", "{x} costs {money}", "{x} on {day}", "{freq} {x}", "{x} in {room}", "ask {person} about {x}",
    "{x} is {color}", "there is {x}", "{x} from {firm}", "{x} for {duration}", "{person} looks after {x}", "{x}", "{x}", "{x}", "{x} since {date}", "{num} of {x}", "{x} next to {place}",
)
_WH = (
    "What about {x}?", "Where is {x}?", "Who deals with {x}?", "{x}?", "When is {x}?", "How much is {x}?", "What happens with {x}?", "Is there {x}?", "Who has {x}?", "Anything on {x}?",
    "How do I get {x}?", "What do we know about {x}?", "Whom do I ask about {x}?", "Do we have {x}?", "Where do I go for {x}?", "I need {x}.", "What is the rule for {x}?", "What's the matter with {x}?",
    "What kind of {x}?", "How many {x}?", "Which {x}?", "Tell me about {x}.",
)
_WH_VERB = (
    "Who {3}?", "When do we {b}?", "Where can I {b}?", "How do I {b}?", "May I {b}?", "How often do you {b}?", "What does it cost to {b}?", "Who {past}?", "When did she {b}?", "Can one {b} here?",
    "I want to {b}.", "What do I need to {b}?", "Why {b}?", "how to {b}", "Who helps me to {b}?", "Is {ing} allowed?", "What is {pp}?", "Until when can I {b}?", "Where did he {b}?", "Must we {b}?",
)
_WH_QUALITY = ("Is it {a}?", "What is {a}?", "Who is {a}?", "Why is it {a}?", "Which one is {a}?", "How {a} is it?", "What if it is {a}?", "What do I do when I'm {a}?", "When is it {a}?")


def _piece(kind, word, language):
    """A word within a statement."""
    if language == "zh":
        return word
    if kind == "n":
        frame = pick(_NOUN_FRAMES)
        if "{x}" != frame:
            slot = frame[frame.index("{", 0 if not frame.startswith("{x}") else 3) :][1:].split("}")[0] if frame.count("{") > 1 else None
            text = frame.replace("{x}", _noun(word))
            return text.replace("{" + slot + "}", fill(slot, "en")) if slot else text
        return _noun(word)
    if kind == "v":
        return _does(_forms(word))
    return pick(("it is {}", "{}", "very {}", "not {}", "they are {}", "{} again", "was {}")).format(word)


_GLUES = (", ", ", ", " and ", ". ", "; ", " - ", ", so ", " because ", ", but ", " when ")


def _statement(words, language, details):
    if language == "zh":
        pieces = [word for _, word in words]
        if details:
            pieces.insert(between(0, len(pieces)), details)
        glue = pick(("，", "，", "、", "的", "", "，"))
        text = glue.join(pieces)
        before = pick(("", "", "", "请", "本周", "目前", "我们", "大家", "已经", "需要", "有人"))
        return before + text + pick(("。", "。", "", "了。", "吧。"))
    pieces = [_piece(kind, word, language) for kind, word in words]
    if details:
        pieces.insert(between(0, len(pieces)), details)
    glue = pick(_GLUES)
    text = pieces[0]
    for piece in pieces[1:]:
        text += glue + (capital(piece) if glue == ". " else piece)
    return capital(text) + pick((".", ".", ".", "", "!"))


_ZH_ASKS = (
    "{x}怎么办？", "谁负责{x}？", "{x}？", "哪里有{x}？", "什么时候{x}？", "{x}要多少钱？", "{x}找谁？", "关于{x}有什么规定？", "能{x}吗？", "怎么{x}？", "{x}的情况怎么样？", "为什么{x}？", "有没有{x}？", "谁{x}？", "{x}在哪里？", "{x}多久一次？",
)


def _question(words, language):
    if language == "zh":
        text = pick(_ZH_ASKS).replace("{x}", words[0][1])
        return text + words[1][1] + "？" if len(words) > 1 and R() < 0.4 else words[1][1] + "，" + text if len(words) > 1 else text
    if R() < 0.12:
        return " ".join(word for _, word in words)
    asked = []
    for i, (kind, word) in enumerate(words):
        if i and R() < 0.6:
            asked.append(_piece(kind, word, language) if kind != "n" else _noun(word))
        elif kind == "n":
            asked.append(pick(_WH).replace("{x}", _noun(word) if R() < 0.85 else word))
        elif kind == "v":
            base, third, past, participle, ing = _forms(word)
            asked.append(pick(_WH_VERB).replace("{b}", base).replace("{3}", third).replace("{past}", past).replace("{pp}", participle).replace("{ing}", ing))
        else:
            asked.append(pick(_WH_QUALITY).replace("{a}", word))
    if R() < 0.5:
        asked.reverse()
    return capital(pick((" ", ", ", " ")).join(asked))


def any_topic(language):
    return pick(TOPICS[language])


def asked_and_said(language, about=None):
    """(question, statement of the same topic without a word in common, statement of another topic of the same make, the topic)."""
    topic = about or any_topic(language)
    words = shuffled(topic.words)
    asks = min(len(words) // 2, pick((1, 1, 1, 2, 2, 3)))
    says = min(len(words) - asks, pick((1, 2, 2, 3, 4)))
    asked, said = words[:asks], words[asks : asks + says]
    details = fill(pick(_DETAILS), language) if R() < 0.5 else ""
    if details and R() < 0.1:
        details = alphabets.name()
    for _ in range(20):
        other = any_topic(language)
        held = {word for _, word in other.words}
        if other is not topic and not any(word in held for _, word in topic.words):
            break
    strange = shuffled(other.words)[:says]
    return _question(asked, language), _statement(said, language, details), _statement(strange, language, details), topic


def sharing_one_word(language):
    """(question, statement that has one word of it, statement of the same topic that has none): the word decides, not the topic."""
    topic, beside = any_topic(language), any_topic(language)
    words = shuffled(topic.words)
    shared, rest = words[0], words[1:]
    asked = [shared] + (rest[:1] if R() < 0.3 else [])
    rest = [word for word in rest if word not in asked and shared[1] not in word[1] and word[1] not in shared[1]]
    said = shuffled([shared, *(shuffled(beside.words) if R() < 0.6 else rest)[: between(1, 3)]])
    strange = shuffled(rest)[: len(said)]
    details = fill(pick(_DETAILS), language) if R() < 0.5 else ""
    return _question(asked, language), _statement(said, language, details), _statement(strange or beside.words[:2], language, details)


def _apart(topic, taken):
    held = {word for _, word in topic.words}
    return all(other is not topic and not any(word in held for _, word in other.words) for other in taken)


def conversation(rng):
    """Several loose notes, each about another matter, and which of them a question is about; or none."""
    reseed(rng)
    language = "zh" if R() < 0.25 else "en"
    chinese = language == "zh"
    taken = []
    for _ in range(between(4, 9)):
        topic = any_topic(language)
        if _apart(topic, taken):
            taken.append(topic)
    silent = taken.pop() if len(taken) > 2 else None
    made = [(question, text) for question, text, _, _ in (asked_and_said(language, topic) for topic in taken)]
    order = shuffled(made)
    entries = [(labels.memory() if R() < 0.6 else labels.document(None, chinese), text) for _, text in order]
    messages = []
    for question, text in shuffled(made)[: between(1, 5)]:
        if silent and R() < 0.12:
            messages += [("user", asked_and_said(language, silent)[0]), ("assistant", UNKNOWN[language])]
        messages += [("user", question), ("assistant", cite(answer(text, holds_first_person(text, chinese), chinese), [one for _, one in order].index(text) + 1))]
    messages[0] = ("user", with_context(entries, messages[0][1]))
    return with_system(system(), messages)
