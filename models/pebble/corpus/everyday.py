"""Everyday statements and questions that do not share all their words, from words/everyday.txt: statements | questions, each with /."""
import re
from pathlib import Path

from . import kinds
from . import values as en
from .chance import R, between, pick
from .inflection import NOUN_FORMS, capital
from .sentence import Sentence
from .stock import ADJECTIVES, GROUPS, MONTHS
from .theme import theme, used

_LINES = (Path(__file__).parent / "words" / "everyday.txt").read_text(encoding="utf8").splitlines()


def _theme_noun(many):
    return (pick(theme.nouns) if R() < theme.share else pick(NOUN_FORMS))[many]


def _of(kind):
    return kinds.MAKERS[kind], kind


_SLOTS = {
    "device": _of(kinds.DEVICE), "place": _of(kinds.ROOM), "topic": _of(kinds.TOPIC), "event": _of(kinds.EVENT), "role": _of(kinds.ROLE),
    "time": _of(kinds.CLOCK), "time2": _of(kinds.CLOCK), "date": _of(kinds.DATE), "day": _of(kinds.WEEKDAY), "money": _of(kinds.MONEY),
    "num": _of(kinds.NUMBER), "count": _of(kinds.COUNT), "code": _of(kinds.CODE), "city": _of(kinds.CITY), "firm": _of(kinds.FIRM),
    "food": _of(kinds.FOOD), "color": _of(kinds.COLOUR), "duration": _of(kinds.DURATION), "email": _of(kinds.MAIL),
    "phone": _of(kinds.PHONE), "spot": _of(kinds.SPOT), "measure": _of(kinds.MEASURE), "name": _of(kinds.NAME), "name2": _of(kinds.NAME),
    "adj": _of(kinds.ADJECTIVE), "noun2": _of(kinds.NOUN), "host": (en.host, kinds.CODE), "ip": (en.ip_address, kinds.CODE),
    "noun": (lambda: _theme_noun(0), kinds.NOUN), "nouns": (lambda: _theme_noun(1), kinds.NOUNS),
    "word": (en.invented_name, kinds.WORD), "word2": (en.invented_name, kinds.WORD), "month": (lambda: pick(MONTHS), kinds.DATE),
    "group": (lambda: pick(GROUPS), kinds.NOUNS), "year": (lambda: str(between(1950, 2030)), kinds.NUMBER),
}


def _read(line):
    statements, _, questions = line.partition("|")
    slots = sorted(set(re.findall(r"\{(\w+)\}", line)))
    return statements.split("/"), questions.split("/"), slots


_ALL = [_read(line) for line in _LINES]
_PERSONAL = [entry for entry in _ALL if re.search(r"\b(I|I'm|My|me|my)\b", entry[0][0])]
_BEGINS_PERSONAL = re.compile(r"(I|I'm|My)\b")


def _entry():
    entry = pick(_ALL)
    if theme.first_person == 0:
        for _ in range(4):
            if not _BEGINS_PERSONAL.match(entry[0][0]):
                break
            entry = pick(_ALL)
    elif R() < theme.first_person:
        entry = pick(_PERSONAL)
    return entry


def everyday():
    statements, questions, slots = _entry()
    filled = {}
    for slot in slots:
        make, kind = _SLOTS[slot]
        filled[slot] = used(pick(theme.names) if slot == "name" and R() < theme.share * 0.6 else make(), kind)
    made = Sentence(capital(pick(statements).format_map(filled)), "*")
    made.question = lambda: (capital(pick(questions).format_map(filled)), "x")
    return made
