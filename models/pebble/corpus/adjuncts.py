"""When, where, how and why: the parts of a sentence that are most often asked for."""
from typing import NamedTuple

from . import kinds
from .chance import R, between, pick
from .stock import ADJECTIVES, ADVERBS, GROUPS, MONTHS, NUMBER_WORDS, ORDINALS, WEEKDAYS
from .theme import adjective, name, noun, role, room, use, used
from .values import clock, date, weekday


class Adjunct(NamedTuple):
    """`kind` as in Sentence.kinds; `asking` begins the question for it ("Which room"), `behind` ends that question ("in")."""

    kind: str
    text: str
    asking: str
    behind: str = ""


def _at_clock():
    return Adjunct("t", "at " + use(kinds.CLOCK), pick(("When", "When", "What time", "At what time")))


def _on_weekday():
    day = "on " + use(kinds.WEEKDAY) + pick(("", "", "s", " morning", " afternoon", " evening"))
    return Adjunct("t", day, pick(("When", "When", "Which day", "On which day", "What day")))


def _on_date():
    return Adjunct("t", "on " + use(kinds.DATE), pick(("When", "When", "On what date", "What date")))


def _in_month():
    before = pick(("in ", "every ", "each ", "until ", "at the end of ", "at the start of ", "in early "))
    return Adjunct("t", before + pick(MONTHS), pick(("When", "When", "In which month", "Which month")))


def _in_year():
    year = used(str(between(1950, 2035)), kinds.NUMBER)
    return Adjunct("t", pick(("in ", "since ", "until ", "by ")) + year, pick(("When", "When", "In which year", "What year")))


_PERIODS = ["day", "week", "month", "morning", "evening", "year", "night", "second week", "quarter", "winter", "spring", "summer", "hour"]


def _how_often():
    k = int(R() * 4)
    if k == 0:
        text = "every " + pick(_PERIODS)
    elif k == 1:
        text = "every " + pick(NUMBER_WORDS[:8]) + " " + pick(("days", "weeks", "months", "years", "hours"))
    elif k == 2:
        text = pick(("once", "twice", "three times", "four times")) + " a " + pick(("day", "week", "month", "year"))
    else:
        text = pick(("daily", "weekly", "monthly", "every other day", "every second " + pick(WEEKDAYS)))
    return Adjunct("t", text, pick(("How often", "How often", "When")))


def _until_clock():
    text = pick(("until ", "before ", "after ", "no later than ")) + use(kinds.CLOCK)
    return Adjunct("t", text, pick(("When", "Until when", "How late", "By when")))


def _by_time():
    text = "by " + used(pick((weekday, date, clock))(), kinds.DATE)
    return Adjunct("t", text, pick(("When", "By when", "By what date")))


def _around_event():
    event = use(kinds.EVENT) if R() < 0.5 else noun()
    return Adjunct("t", pick(("before", "after", "during")) + " the " + event, "When")


def _from_to_clock():
    first, last = use(kinds.CLOCK), use(kinds.CLOCK)
    text = f"from {first} to {last}" if R() < 0.5 else f"between {first} and {last}"
    return Adjunct("t", text, pick(("When", "What time", "At what time")))


def _from_to_day():
    return Adjunct("t", f"from {pick(WEEKDAYS)} to {pick(WEEKDAYS)}", pick(("When", "On which days", "Which days")))


def _for_span():
    return Adjunct("t", "for " + use(kinds.DURATION), pick(("How long", "For how long")))


def _within_span():
    return Adjunct("t", pick(("within ", "in ")) + use(kinds.DURATION), pick(("When", "How soon", "How fast")))


_LOOSE_TIMES = (
    "tomorrow|next week|last Tuesday|yesterday|this morning|tonight|three days ago|two weeks ago|this afternoon|next month|last year|"
    "at the weekend|on weekdays|at night|in the evening|in summer|in winter|at Christmas|next spring|on public holidays|"
    "at the end of the month|on the first day of the month|in the second week of May|last night|next Friday|in autumn|during the day|at dawn"
).split("|")


def _loose_time():
    return Adjunct("t", pick(_LOOSE_TIMES), "When")


_TIMES = (
    *[_at_clock] * 3, *[_on_weekday] * 2, *[_on_date] * 2, _in_month, _in_year, _how_often, _how_often, _until_clock, _by_time,
    _around_event, _from_to_clock, _from_to_day, _for_span, _within_span, _loose_time,
)


def time():
    return pick(_TIMES)()


_PREPOSITIONS = (
    "in|on|under|behind|near|inside|beside|above|below|outside|next to|opposite|in front of|at|by|on top of"
).split("|")


def _in_room():
    before = pick(("in the ", "in the ", "behind the ", "next to the ", "near the ", "at the ", "outside the "))
    return Adjunct("p", before + room(), "Where")


def _by_thing():
    thing = noun(R() < 0.12)
    modifier = adjective() + " " if R() < 0.2 else noun() + " " if R() < 0.2 else ""
    return Adjunct("p", pick(_PREPOSITIONS) + " the " + modifier + thing, "Where")


def _in_city():
    return Adjunct("p", pick(("in ", "near ", "in ")) + use(kinds.CITY), pick(("Where", "Where", "In which city")))


def _at_spot():
    spot = use(kinds.SPOT)
    before = "on " if spot.startswith(("level", "floor", "platform", "shelf")) else "at " if spot[:4] in ("gate", "desk", "dock") else "in "
    sort = spot.split()[0]
    k = R()
    if k < 0.5:
        return Adjunct("p", before + spot, "Where")
    if k < 0.75:
        return Adjunct("p", before + spot, before.capitalize() + "which " + sort)
    return Adjunct("p", before + spot, pick(("Which ", "What ")) + sort, before.strip())


def _on_floor():
    asking, behind = pick((("Where", ""), ("On which floor", ""), ("Which floor", "on")))
    return Adjunct("p", "on the " + pick(ORDINALS) + " floor", asking, behind)


def _at_somebodys():
    whose = pick(("at ", "at ", "near ")) + name() + "'s "
    return Adjunct("p", whose + pick(("house", "place", "desk", "office", "shop", "farm")), "Where")


def _to_or_from():
    before = pick(("to", "from"))
    text = before + " " + (use(kinds.CITY) if R() < 0.6 else "the " + noun())
    return Adjunct("p", text, "Where", "" if R() < 0.4 else before)


def _between():
    return Adjunct("p", "between the " + noun() + " and the " + noun(), "Where")


_PLACES = (*[_in_room] * 4, *[_by_thing] * 3, _in_city, _at_spot, _at_spot, _on_floor, _at_somebodys, _to_or_from, _between)


def place():
    return pick(_PLACES)()


def _with_tool():
    before = pick(("with a ", "with the ", "using the "))
    text = before + (adjective() + " " if R() < 0.3 else "") + noun()
    return Adjunct("h", text, *pick((("How", ""), ("What", "with"), ("With what", ""))))


_CARRIERS = "courier e-mail post phone bus train hand card bike lorry".split()


def _by_means():
    before = pick(("by ", "via ", "through the ", "by means of the "))
    return Adjunct("h", before + (pick(_CARRIERS) if R() < 0.5 else noun()), "How")


def _with_person():
    company = name() if R() < 0.6 else "the " + role()
    return Adjunct("c", "with " + company, *pick((("Who", "with"), ("With whom", ""))))


def _for_person():
    whom = name() if R() < 0.5 else "the " + noun(True) if R() < 0.5 else pick(GROUPS)
    return Adjunct("c", pick(("for ", "to ", "for ")) + whom, *pick((("Who", "for"), ("For whom", ""))))


def _because_of():
    before = pick(("because of the ", "due to the ", "because of a ", "thanks to the "))
    return Adjunct("y", before + (adjective() + " " if R() < 0.4 else "") + noun(), "Why")


def _for_reasons():
    k = int(R() * 7)
    if k < 4:
        text = ("for safety reasons", "for tax reasons", "for health reasons", "for legal reasons")[k]
    elif k == 4:
        text = "because it is too " + pick(ADJECTIVES)
    else:
        text = ("because the ", "since the ")[k - 5] + noun() + " is " + pick(ADJECTIVES)
    return Adjunct("y", text, "Why")


def _for_money():
    return Adjunct("m", "for " + use(kinds.MONEY), pick(("How much", "For how much", "At what price")))


def _in_manner():
    return Adjunct("h", pick(ADVERBS), "How")


def _without():
    return Adjunct("o", "without " + pick(("a ", "the ", "any ", "")) + noun(), "How")


def _as_thing():
    return Adjunct("o", "as a " + noun(), "How")


_OTHERS = (
    _with_tool, _with_tool, _by_means, _by_means, _with_person, _for_person, _because_of, _for_reasons, _for_money, _in_manner, _without,
    _as_thing,
)


def other():
    return pick(_OTHERS)()


def several(count):
    """So many at most, each of another kind."""
    made, seen = [], ""
    for _ in range(count):
        k = R()
        adjunct = time() if k < 0.42 else place() if k < 0.78 else other()
        if adjunct.kind not in seen:
            made.append(adjunct)
            seen += adjunct.kind
    return made


def asking_small(adjunct):
    """Its question word inside another sentence: "where", "on which floor"."""
    return adjunct.asking[0].lower() + adjunct.asking[1:]


