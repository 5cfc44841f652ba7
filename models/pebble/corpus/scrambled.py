"""Words in no order that a grammar would know: only matching and copying help."""
from . import kinds
from .chance import R, between, pick
from .inflection import NOUN_FORMS, TRANSITIVE, capital
from .sentence import Sentence
from .stock import ADJECTIVES, STOP_WORDS
from .theme import theme, used
from .values import code, invented, invented_name

_SMALL = ("the", "of", "in", "and", "to", "for", "a", "is", "with", "not")
_ASK = (
    "What about {}?|Who {}?|When {}?|Where is {}?|What is {}?|How many {}?|Which {}?|How much {}?|Why {}?|Tell me about {}.|"
    "What does {} say?|What is the {}?|Is {}?|Do you know {}?"
).split("|")


def any_word():
    k = R()
    if k < 0.4:
        word = (pick(theme.nouns) if R() < theme.share else pick(NOUN_FORMS))[R() < 0.2]
    elif k < 0.6:
        word = pick(pick(theme.verbs) if R() < theme.share else pick(TRANSITIVE))
    elif k < 0.76:
        word = pick(theme.adjectives if k < 0.68 else ADJECTIVES)
    elif k < 0.9:
        word = invented() if k < 0.86 else invented_name()
    else:
        word = code() if k < 0.95 else pick(_SMALL)
    return used(word, kinds.NOUN)


def scrambled():
    words = [any_word() for _ in range(between(3, 12))]
    if R() < 0.3:
        words[between(0, len(words) - 1)] += pick((":", ",", " -", ";", " ="))
    text = " ".join(words)
    made = Sentence((capital(text) if R() < 0.8 else text) + pick((".", ".", ".", "", "!")), "*")

    def question():
        content = [word.rstrip(":,;") for word in words if word.lower().rstrip(":,;") not in STOP_WORDS]
        if not content:
            return " ".join(words) + "?", "x"
        if R() < 0.5:
            i = between(0, len(content) - 1)
            content = content[i : i + between(1, 4)]
        else:
            content = [word for word in content if R() < 0.6] or content
        if R() < 0.2:
            content.reverse()
        keywords, k = " ".join(content), R()
        return (keywords + "?" if k < 0.3 else keywords if k < 0.45 else pick(_ASK).format(keywords)), "x"

    made.question = question
    return made
