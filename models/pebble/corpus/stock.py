"""The word stock, written for this corpus: lists in words/*.txt, one file per kind of word, `_` for a blank inside a word."""
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


def _text(name):
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf8")


def _words(name):
    return [word.replace("_", " ") for word in dict.fromkeys(_text(name).split())]


NOUNS = _words("nouns")
ROLES = _words("roles")
GROUPS = _words("groups")
VERBS_TRANSITIVE = [word.replace(" ", "_") for word in _words("verbs-transitive")]
VERBS_INTRANSITIVE = _words("verbs-intransitive")
ADJECTIVES = _words("adjectives")
COLOURS = _words("colours")
ADVERBS = _words("adverbs")
FIRST_NAMES = _words("first-names")
LAST_NAMES = _words("last-names")
CITIES = _words("cities")
ROOMS = _words("rooms")
DEVICES = _words("devices")
TOPICS = _words("topics")
EVENTS = _words("events")
FOODS = _words("foods")
STOP_WORDS = frozenset(_words("stop-words"))
IRREGULAR_VERBS = {line.split()[0]: line.split()[1:] for line in _text("verbs-irregular").splitlines()}
IRREGULAR_PLURALS = dict(line.split() for line in _text("plurals-irregular").splitlines())
DOUBLING_VERBS = frozenset(_words("verbs-doubling"))
# "deliver:delivery": what a question may say instead of the verb
VERB_NOUNS = dict(pair.split(":") for pair in _words("verb-nouns"))
# "buy/purchase": what a question may swap
SYNONYM_PAIRS = [pair.split("/") for pair in _words("synonym-pairs")]
# attributes of things by the type of their value: c code, w person, t time, m money, n number, p place, x anything
ATTRIBUTES = {line[0]: line[3:].split("|") for line in _text("attributes").splitlines()}

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ORDINALS = "first second third fourth fifth sixth seventh last next other".split()
NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty".split()

ZH_THINGS = _words("zh-things")
ZH_QUALITIES = _words("zh-qualities")
ZH_PLACES = _words("zh-places")
ZH_PREFIXES = _words("zh-prefixes")
ZH_CITIES = _words("zh-cities")
ZH_SURNAMES = _words("zh-surnames")
ZH_GIVEN_NAMES = _words("zh-given-names")
ZH_ROLES = _words("zh-roles")
ZH_GROUPS = _words("zh-groups")
ZH_VERBS = _words("zh-verbs")
ZH_VERBS_ALONE = _words("zh-verbs-alone")
ZH_CHARACTERS = "".join(_text("zh-characters").split())
ZH_NUMBERS = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
