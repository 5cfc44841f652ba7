"""Sentences that give an attribute its value: "The door code of the annex is 4471", and notes such as "Door code: 4471"."""
from . import kinds
from .adjuncts import place
from .chance import R, between, digits, pick
from .clauses import EMBEDDING
from .inflection import capital
from .noun_phrases import Phrase, asked, said, thing
from .sentence import Sentence
from .stock import ATTRIBUTES, COLOURS, LAST_NAMES, WEEKDAYS
from .theme import adjective, name, noun, role, theme, use, used
from .values import (
    city, clock, code, count, date, email, firm, host, invented_name, ip_address, measure, number, phone, weekday,
)

_VALUES = {
    "c": lambda: used(pick((code, code, code, phone, host, ip_address))(), kinds.CODE),
    "w": name,
    "t": lambda: used(pick((date, date, clock, weekday))(), kinds.DATE),
    "m": lambda: use(kinds.MONEY),
    "n": lambda: used(pick((measure, number, count))(), kinds.MEASURE),
    "p": lambda: pick((
        lambda: use(kinds.CITY),
        lambda: use(kinds.SPOT),
        lambda: pick(LAST_NAMES) + " Street " + str(between(1, 99)),
        lambda: place().text,
    ))(),
    "x": lambda: pick((
        lambda: used(invented_name(), kinds.WORD),
        lambda: use(kinds.COLOUR),
        noun,
        lambda: adjective() + " " + noun(),
        lambda: use(kinds.CODE),
        lambda: use(kinds.FOOD),
    ))(),
}
_PARTICULAR = {
    "email": email, "phone number": phone, "hostname": host, "IP address": ip_address, "extension": lambda: digits(4),
    "postcode": lambda: digits(5), "age": lambda: str(between(2, 99)), "colour": lambda: pick(COLOURS),
}
_COPIED = ("email", "phone number", "hostname", "IP address", "extension")
_WH = {"w": "Who", "t": "When", "p": "Where"}
_GIVE = (
    "Tell me {}.", "Give me {}.", "I need {}.", "Do you know {}?", "Show me {}", "Can you give me {}?", "Please tell me {}.", "Do you have {}?",
    "Remind me of {}", "I forgot {}.", "Do you remember {}?",
)
_KEYWORDS = ("{a} {o}?", "{o} {a}?", "{a} {o}", "{o} {a}", "{a} for {o}?", "{a}: {o}?")


def _owner():
    k = R()
    if k < 0.6:
        return thing(False, theme.first_person * 0.5)
    if k < 0.8:
        return Phrase("", "", name(), "", False, "p")
    if k < 0.9:
        return Phrase("the ", "", use(kinds.ROOM), "", False, "o")
    return Phrase("", "", used(pick((firm, city))(), kinds.FIRM), "", False, "o")


def attribute():
    sort = pick("cccccwwttmmnnpxx")
    what = used(pick(ATTRIBUTES[sort]), kinds.NOUN) if R() < 0.72 else noun() if R() < 0.6 else noun() + " " + noun()
    value = _PARTICULAR.get(what, _VALUES[sort])()
    if what in _COPIED:
        used(value, kinds.CODE)
    k, owner = R(), _owner()
    is_ = pick(("is", "is", "is", "is", "was", "will be", "is now"))
    mine = R() < theme.first_person * 0.7
    if mine:
        my = what if R() < 0.6 else owner.modifier.split(" ")[0].lower() + " " + what if owner.modifier else owner.head.split(" ")[0].lower() + " " + what
        text, listed = (f"my {my} {is_} {value}" if R() < 0.85 else f"{value} {is_} my {my}"), False
    else:
        text, owner = _stated(k, sort, what, owner, is_, value)
        my, listed = "", ":" in text and text.endswith(value)
    if not (listed and R() < 0.6) and text[-1] not in ".!?":
        text += "."
    made = Sentence(capital(text) if not listed or R() < 0.7 else text, sort if sort in "wtmp" else "")
    made.question = lambda: _ask(sort, what, owner, my)
    return made


def _stated(k, sort, what, owner, is_, value):
    """The sentence, and its owner as questions may call it."""
    bare = owner.modifier + owner.head + owner.tail
    of = pick(("of", "of", "for", "for", "at", "on"))
    if k >= 0.34 and owner.kind != "p" and owner.determiner not in ("the ", "our "):
        owner = owner._replace(determiner="the ")
    whose = said(owner)
    if whose[:2] == "a " or whose[:3] == "an " or whose[:5] == "every":
        whose = "the " + bare
    person = owner.kind == "p"
    if k < 0.34:
        text = f"the {what} {of} {whose} {is_} {value}"
    elif k < 0.55:
        text = f"{whose}'s {what} {is_} {value}" if person or R() < 0.3 else f"the {bare} {what} {is_} {value}"
    elif k < 0.7:
        text = f"{whose}'s {what} {is_} {value}" if person else f"{pick(('the ', 'our '))}{bare} {what} {is_} {value}"
    elif k < 0.78:
        text = f"{bare} {what}: {value}"
    elif k < 0.83:
        text = f"{what} ({bare}): {value}"
    elif k < 0.88:
        text = f"{what} {of} {whose}: {value}"
    elif k < 0.93:
        text = f"{value} {is_} the {what} {of} {whose}"
    elif sort == "m":
        text = f"{whose} costs {value}" if R() < 0.5 else f"for {whose}, the {what} {is_} {value}"
    else:
        text = f"{whose} has the {what} {value}"
    return text, owner


def _ask(sort, what, owner, my):
    k = R()
    wh = _WH.get(sort, "What") if R() < 0.35 else "What"
    bare, owner_ = owner.modifier + owner.head + owner.tail, asked(owner)
    if my:
        it = "my " + my
    else:
        it = pick((
            f"the {what} of {owner_}",
            f"the {what} {pick(('of', 'for'))} {owner_}",
            f"{owner_}'s {what}" if owner.kind == "p" else f"the {bare} {what}",
            f"{owner_}'s {what}",
        ))
    if k < 0.5:
        question = f"{wh} is {it}?"
    elif k < 0.6:
        question = f"{wh}'s {it}?"
    elif k < 0.66:
        question = pick(EMBEDDING) + f" {wh.lower()} {it} is" + pick(("?", "."))
    elif k < 0.74:
        question = pick(_GIVE).format(it)
    elif k < 0.84:
        question = f"my {my}?" if my else pick(_KEYWORDS).format(a=what, o=bare)
    elif k < 0.92 and not my:
        question = f"{pick(('Which', 'What'))} {what} does {owner_} have?"
    elif k < 0.96 and sort == "m" and not my:
        question = f"How much does {owner_} cost?" if R() < 0.5 else f"How much is {it}?"
    elif k < 0.97 and sort == "n":
        question = f"How {pick(('big', 'large', 'high', 'much', 'long'))} is {it}?"
    else:
        question = f"{wh} is {it}?"
    return question, sort if wh != "What" else "x"


_LABELS = {
    "c": ("number", "code", "address", "value", "password", "name"), "w": ("name", "contact"), "t": ("date", "time"),
    "m": ("price", "cost", "amount", "fee"), "n": ("value", "size", "number"), "p": ("location", "place", "address"), "x": ("name", "value"),
}
_NOTE_WH = {"w": "Who", "t": "When", "p": "Where", "m": "How much"}
_NOTE_QUESTIONS = (
    "What is the {n}?", "What's the {n}?", "{n}?", "{n}", "{wh} is the {n}?", "{wh} is {n}?", "What is the {a} of the {n}?",
    "what's the {a} of the {n}", "What is the {a} for the {n}?", "{a} of the {n}?", "Tell me the {n}.", "Do you know the {n}?",
    "Give me the {n}", "What are the {n}?", "Which {n} do we have?", "I need the {n}.", "What is our {n}?", "{n} {a}?",
)


def _note_key(sort):
    k = R()
    if k < 0.3:
        return used(pick(ATTRIBUTES[sort]), kinds.NOUN)
    if k < 0.5:
        return noun() + " " + used(pick(ATTRIBUTES[sort]), kinds.NOUN)
    if k < 0.62:
        return noun() + " " + noun()
    if k < 0.75:
        return adjective() + " " + (noun() if R() < 0.5 else role())
    if k < 0.8:
        return role()
    if k < 0.94:
        return use(kinds.ROOM if k < 0.88 else kinds.DEVICE) + (" " + pick(ATTRIBUTES[sort]) if R() < 0.5 else "")
    return use(kinds.EVENT)


def _note_value(sort):
    value = email() if sort == "c" and R() < 0.2 else _VALUES[sort]()
    if sort == "w" and R() < 0.3:
        value += ", " + use(kinds.PHONE)
    if sort == "t" and R() < 0.3:
        value = pick((
            lambda: f"{pick(WEEKDAYS)[:3]}-{pick(WEEKDAYS)[:3]} {between(6, 11)}-{between(12, 23)}",
            lambda: f"{use(kinds.CLOCK)} - {use(kinds.CLOCK)}",
            lambda: f"{pick(WEEKDAYS)} and {pick(WEEKDAYS)}, {use(kinds.CLOCK)}",
        ))()
    return value


def note(sort=None):
    """Key and value: "Door code (guests): 4471"."""
    sort = sort or pick("ccccwwttmnpx")
    key, value = _note_key(sort), _note_value(sort)
    group = noun(True) if R() < 0.12 else ""
    shown, k = f"{key} ({group})" if group else key, R()
    shown = capital(shown) if k < 0.65 else shown if k < 0.85 else " ".join(map(capital, shown.split(" ")))
    text = shown + pick((": ", ": ", ": ", ": ", " - ", " = ", " – ", ":")) + value
    made = Sentence(text + ("." if R() < 0.15 else ""), sort if sort in "wtmp" else "")

    def question():
        it = f"{key} for {group}" if group and R() < 0.5 else f"{group} {key}" if group else key
        return pick(_NOTE_QUESTIONS).format(n=it, a=pick(_LABELS[sort]), wh=_NOTE_WH.get(sort, "What")), "x"

    made.question = question
    return made
