"""Sentences that say how much, how long, how heavy, how many."""
from . import kinds
from .adjuncts import place
from .chance import R, pick
from .inflection import a_an
from .noun_phrases import Phrase, asked, be, said, thing
from .sentence import Sentence, ended
from .theme import adjective, noun, theme, use


def _subject():
    if R() < 0.8:
        return thing(first_person=theme.first_person * 0.5)
    return Phrase("the ", use(kinds.CITY) + " " if R() < 0.2 else "", use(kinds.EVENT), "", False, "o")


def _many():
    return noun(True) if R() < 0.7 else adjective() + " " + noun(True)


def _cost(subject, it, do, is_):
    value = use(kinds.MONEY)
    per = pick(("", "", " a month", " per person", " a year", " per hour", " each", " plus VAT", " a day"))
    cost = "cost" if subject.plural else "costs"
    text = f"{it} {pick((cost, 'will cost', cost))} {pick(('', '', 'about ', 'only ', 'at least '))}{value}{per}"
    return text, "m", (
        f"How much {do} {{}} cost?", f"What {do} {{}} cost?", "What is the price of {}?", f"How much {is_} {{}}?", "How expensive is {}?",
        "price of {}?", f"How much {do} I pay for {{}}?",
    )


def _last(subject, it, do, is_):
    value = use(kinds.DURATION)
    takes = pick(("take", "last")) + ("" if subject.plural else "s")
    text = f"{it} {takes} {pick(('', '', 'about ', 'up to ', 'at most '))}{value}"
    return text, "t", (
        f"How long {do} {{}} take?", f"How long {do} {{}} last?", f"How many {value.split()[-1]} {do} {{}} take?", f"How long {is_} {{}}?",
        "What is the duration of {}?",
    )


def _weigh(subject, it, do, is_):
    value = use(kinds.NUMBER) + pick((" kg", " grams", " tonnes", " kilos"))
    return f"{it} {'weigh' if subject.plural else 'weighs'} {value}", "n", (
        f"How much {do} {{}} weigh?", f"How heavy {is_} {{}}?", "What is the weight of {}?",
    )


def _measure(subject, it, do, is_):
    quality = pick(("long", "high", "wide", "deep", "tall", "thick", "far away", "old"))
    unit = "years" if quality == "old" else "km" if quality == "far away" else pick(("metres", "cm", "m", "km", "feet"))
    return f"{it} {is_} {use(kinds.NUMBER)} {unit} {quality}", "n", (
        f"How {quality} {is_} {{}}?", f"How {quality.split()[0]} {is_} {{}}?", f"How many {unit} {quality} {is_} {{}}?",
    )


def _hold(subject, it, do, is_):
    count, what = use(kinds.COUNT), _many()
    base = pick(("have", "have", "hold", "contain", "need", "include"))
    third = "has" if base == "have" else base + "s"
    return f"{it} {base if subject.plural else third} {count} {what}", "n", (
        f"How many {what} {do} {{}} {base}?", f"How many {what} {do} {{}} {base}?", f"How many {what} are there in {{}}?",
        f"What {do} {{}} {base}?", f"What is the number of {what} of {{}}?", f"number of {what} {{}}?",
    )


def _seat(subject, it, do, is_):
    count, what = use(kinds.COUNT), pick(("people", "guests", "persons", "children", "visitors", "passengers", "cars"))
    s = "" if subject.plural else "s"
    text = pick((
        f"{it} seat{s} {count} {what}", f"{it} {'have' if subject.plural else 'has'} room for {count} {what}",
        f"there is space for {count} {what} in {it}", f"up to {count} {what} fit in {it}", f"{it} can hold {count} {what}",
    ))
    return text, "n", (
        f"How many {what} fit in {{}}?", f"How many {what} {do} {{}} seat?", "What is the capacity of {}?",
        f"How many {what} can {{}} hold?", f"How many {what} fit into {{}}?", "How big is {}?",
    )


def _measured(about):
    subject = _subject()
    text, kind, questions = about(subject, said(subject), "do" if subject.plural else "does", be(subject))
    made = Sentence(ended(text), kind)
    made.question = lambda: (pick(questions).format(asked(subject)), kind)
    return made


def _there_are():
    where = pick(("in ", "on ", "at ")) + "the " + (use(kinds.ROOM) if R() < 0.6 else noun())
    count, what = use(kinds.COUNT), _many()
    made = Sentence(ended(f"there are {count} {what} {where}" if R() < 0.8 else f"{where} there are {count} {what}"), "np")
    questions = (
        f"How many {what} are there {where}?", f"How many {what} are {where}?", f"Where are the {count} {what}?", f"What is {where}?",
        f"{what} {where}?",
    )
    made.question = lambda: (pick(questions), "n")
    return made


def _there_is():
    where, word = place().text, noun()
    what = (adjective() + " " if R() < 0.4 else "") + word
    it = Phrase("the ", "", what, "", False, "o")
    a = a_an(what)
    made = Sentence(ended(f"there is {a}{what} {where}"), "p")
    questions = (
        "Where is {}?", f"Is there {a}{what}?", f"Where is there {a}{what}?", "Where can I find {}?", f"Do we have {a}{what}?",
        f"What is {where}?",
    )
    made.question = lambda: (pick(questions).format(asked(it)), "p")
    return made


_MEASURED = (_cost, _last, _weigh, _measure, _hold, _hold, _seat)


def quantity():
    k = int(R() * 9)
    return _measured(_MEASURED[k]) if k < 7 else _there_are() if k == 7 else _there_is()
