"""Kinds of words that a sentence is made of. A sibling of a sentence is made by putting another word of the same kind in a place."""
from . import values as en
from . import values_zh as zh
from .chance import R, between, pick
from .inflection import NOUN_FORMS, ROLE_FORMS
from .stock import ADJECTIVES, COLOURS, DEVICES, EVENTS, FOODS, ROOMS, TOPICS, ZH_VERBS

(
    NOUN, NOUNS, ADJECTIVE, NAME, CLOCK, DATE, MONEY, CODE, WORD, WORDS, NUMBER, MEASURE, DURATION, SPOT, CITY, PHONE, MAIL, COUNT,
    FIRM, ROOM, WEEKDAY, COLOUR, ROLE, DEVICE, EVENT, TOPIC, FOOD,
    ZH_THING, ZH_PLACE, ZH_PERSON, ZH_TIME, ZH_MONEY, ZH_COUNT, ZH_VERB,
) = range(34)

MAKERS = (
    lambda: pick(NOUN_FORMS)[0],
    lambda: pick(NOUN_FORMS)[1],
    lambda: pick(ADJECTIVES),
    en.person,
    en.clock,
    en.date,
    en.money,
    en.code,
    en.invented,
    lambda: en.invented() + "s",
    en.number,
    en.measure,
    en.duration,
    en.spot,
    en.city,
    en.phone,
    en.email,
    en.count,
    en.firm,
    lambda: pick(ROOMS),
    en.weekday,
    lambda: pick(COLOURS),
    lambda: pick(ROLE_FORMS)[0],
    lambda: pick(DEVICES),
    lambda: pick(EVENTS),
    lambda: pick(TOPICS),
    lambda: pick(FOODS),
    zh.thing,
    zh.place,
    zh.person,
    lambda: zh.clock() if R() < 0.5 else zh.date(),
    zh.money,
    lambda: str(between(2, 300)),
    lambda: pick(ZH_VERBS),
)

# what a sibling is about: changing one of these makes it a sentence about something else
SUBJECTS = frozenset(
    (NOUN, NOUNS, ADJECTIVE, NAME, WORD, WORDS, SPOT, CITY, FIRM, ROOM, ROLE, DEVICE, EVENT, TOPIC, WEEKDAY, CODE, NUMBER, ZH_THING,
     ZH_PLACE, ZH_PERSON)
)
# what changes along with it, as a rule
DETAILS = frozenset((NAME, CLOCK, DATE, MONEY, CODE, NUMBER, MEASURE, DURATION, SPOT, CITY, PHONE, MAIL, COUNT, COLOUR))
NUMBERED = frozenset((CODE, NUMBER, SPOT))
