"""Sentences that say where something is or when it takes place."""
from . import kinds
from .adjuncts import Adjunct, asking_small, place, time
from .chance import R, pick
from .clauses import EMBEDDING, about, kinds_of
from .inflection import capital
from .noun_phrases import Phrase, asked, be, said, somebody, thing
from .sentence import Sentence, ended, join
from .theme import adjective, name, noun, theme, use, used
from .values import clock, date, weekday

_STANDS = (
    "is|is|is|is located|is kept|is stored|can be found|stands|hangs|lies|is|was left|is parked|is hidden|sits|is now"
).split("|")
_STAND = {"stands": "stand", "hangs": "hang", "lies": "lie", "sits": "sit"}
_WHERE = (
    "Where can I find {}?|Where do I find {}?|Where do we keep {}?|Where did I put {}?|Where was {} again?|In which place is {}?|"
    "What is the location of {}?"
).split("|")


def where_it_is():
    subject = thing(first_person=theme.first_person) if R() < 0.85 else somebody(0)
    stands, adjunct = pick(_STANDS), place()
    if subject.plural:
        stands = _STAND.get(stands) or stands.replace("is", "are").replace("was", "were")
    made = Sentence(ended(join(said(subject), stands, adjunct.text)), kinds_of([adjunct], subject))

    def question():
        k, it = R(), asked(subject)
        if k < 0.5:
            return (f"Where {be(subject)} {it}?" if k > 0.08 else f"Where's {it}?"), "p"
        if k < 0.6:
            return pick(_WHERE).format(it), "p"
        if k < 0.72:
            return join(adjunct.asking, be(subject), it, adjunct.behind) + "?", "p"
        if k < 0.8:
            return f"{capital(be(subject))} {it} {adjunct.text}?", "p"
        if k < 0.88:
            return pick(EMBEDDING) + f" where {it} {be(subject)}" + pick(("?", ".")), "p"
        return (join("What", "is", adjunct.text) + "?" if k < 0.94 else about(subject)), "x"

    made.question = question
    return made


_TAKES_PLACE = (
    "is|is|takes place|starts|begins|ends|was|will be|is scheduled|was moved|has been postponed|finishes|opens|closes"
).split("|")
_PLURALS = {
    "is": "are", "was": "were", "is scheduled": "are scheduled", "was moved": "were moved", "has been postponed": "have been postponed",
}
_BASE = {
    "starts": "start", "begins": "begin", "ends": "end", "takes": "take place", "finishes": "finish", "opens": "open", "closes": "close",
}
_MOVED = ("was moved", "has been postponed", "were moved", "have been postponed")


def _event():
    determiner = pick(("the ", "the ", "our ", "my " if theme.first_person else "the "))
    k = R()
    modifier = use(kinds.CITY) + " " if k < 0.2 else noun() + " " if k < 0.36 else adjective() + " " if k < 0.49 else ""
    return Phrase(determiner, modifier, use(kinds.EVENT), " with " + name() if R() < 0.1 else "", False, "o")


def when_it_is():
    subject = _event() if R() < 0.6 else thing(first_person=theme.first_person)
    verb, adjunct = pick(_TAKES_PLACE), time()
    if subject.plural:
        fallback = verb[:-1] if verb.endswith("s") and " " not in verb else verb.replace("takes", "take")
        verb = _PLURALS.get(verb, fallback)
    if verb in _MOVED:
        adjunct = Adjunct("t", "to " + used(pick((clock, date, weekday))(), kinds.CLOCK), "When")
    where = place() if R() < 0.25 else None
    text = ended(join(said(subject), verb, adjunct.text, where.text if where else ""))
    made = Sentence(text, kinds_of([adjunct] + ([where] if where else []), subject))

    def question():
        it, k = asked(subject), R()
        first = verb.split()[0]
        base = _BASE.get(first)
        if where and R() < 0.4:
            return (f"Where does {it} {base}?" if base else f"Where {be(subject)} {it}?"), "p"
        if k < 0.75:
            asking = adjunct.asking if k < 0.7 else "When"
            if base:
                return join(asking, "does", it, base) + "?", "t"
            is_ = first if first in ("is", "was", "are", "were") else be(subject)
            return join(asking, is_, it, "scheduled" if verb == "is scheduled" else "") + "?", "t"
        if k < 0.85:
            return join(pick(EMBEDDING), asking_small(adjunct), it, verb if base else be(subject)) + "?", "t"
        return (about(subject), "x") if k < 0.93 else (f"When is {it}?", "t")

    made.question = question
    return made


def where_or_when():
    return where_it_is() if R() < 0.6 else when_it_is()
