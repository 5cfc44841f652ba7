"""A sentence of the grammar: its text, what it is made of, and how to ask for it; and how it is given back as an answer."""
import re

from . import theme as now
from .chance import R
from .inflection import NOUN_FORMS, capital
from .stock import MONTHS, NOUNS, ROLES, VERBS_TRANSITIVE

_FIRST_PERSON = re.compile(r"\b(I|[Mm]y|[Mm]e|[Mm]ine|[Mm]yself|i)\b")
_SECOND = {
    "i am": "you are", "i'm": "you're", "i was": "you were", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "i": "you",
    "my": "your", "mine": "yours", "me": "you", "myself": "yourself",
}
_TURNED = re.compile(
    r"\b(I am|I'm|I was|I've|I'd|I'll|I|i am|i'm|i was|i've|i'd|i'll|i|[Mm]y|[Mm]ine|me|Me|[Mm]yself)\b(?![-.@])"
)
_ZH_FIRST_PERSON = re.compile("我(?!们)")
_COMMON = (
    "the my our a an we you your all some most every each this that these there it its if when before after in on at from to for with "
    "please do don't always never i'm visitors employees guests customers members students parents children people"
).split()
# words that may be written small where they don't begin a sentence, and large where they do
COMMON_WORDS = frozenset(_COMMON + NOUNS + ROLES + VERBS_TRANSITIVE + [forms[1] for forms in NOUN_FORMS])
CAPITALISED_COMMON = frozenset(capital(word) for word in COMMON_WORDS) - {"I"} - frozenset(MONTHS)


class Sentence:
    """`question()` gives (question, type of what it asks); `kinds` names the types of value that the sentence holds.

    Types: t time, p place, w person, m money, n number, y reason, h how, c for whom, o other; `*` means that it may hold anything.
    """

    __slots__ = ("text", "kinds", "question", "first_person", "words", "phrases", "lead", "chinese", "without", "low")

    def __init__(self, text, kinds, question=None, chinese=False):
        self.text = text
        self.kinds = kinds
        self.question = question
        self.chinese = chinese
        # a sentence that must stand before it, and the same sentence without what was asked for
        self.lead = self.without = None
        self.words = now.words[:]
        self.phrases = now.phrases[:2]
        self.first_person = "我" in text if chinese else bool(_FIRST_PERSON.search(text))

    def like(self, text):
        """Another sentence of the same make, about something else."""
        other = Sentence.__new__(Sentence)
        other.text, other.kinds, other.question, other.chinese = text, self.kinds, None, self.chinese
        other.lead = other.without = None
        other.words, other.phrases, other.first_person = self.words, self.phrases, self.first_person
        return other

    def answer(self):
        return answer(self.text, self.first_person, self.chinese)


def _second(match):
    word = _SECOND[match.group(1).lower()]
    i = match.start()
    return capital(word) if i == 0 or match.string[max(0, i - 2) : i] in (". ", "! ", "? ") else word


def holds_first_person(text, chinese=False):
    return "我" in text if chinese else bool(_FIRST_PERSON.search(text))


def answer(text, first_person, chinese):
    """The sentence as an answer: word for word, but told to the person instead of by them."""
    if chinese:
        return _ZH_FIRST_PERSON.sub("您", text) if first_person else text
    if first_person:
        text = _TURNED.sub(_second, text)
    if text[:1].islower() and text.split(" ", 1)[0].rstrip(":,.'s") in COMMON_WORDS or text[:4] in ("your", "you ", "you'"):
        text = capital(text)
    return text


def lowered(text):
    """Its first letter small where a common word begins it, so that it can stand behind another word."""
    return text[0].lower() + text[1:] if text.split(" ")[0] in CAPITALISED_COMMON else text


def join(*parts):
    """The parts that are there, with blanks between them."""
    return " ".join([part for part in parts if part])


def ended(text):
    """As a sentence: large at its beginning, with a full stop or now and then an exclamation mark."""
    return capital(text) + ("" if text[-1] == "." else "." if R() < 0.96 else "!")
