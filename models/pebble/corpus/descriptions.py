"""Sentences that say what something is like, what it is called, who has which role and who likes what."""
from . import kinds
from .chance import R, pick
from .clauses import about
from .inflection import capital
from .noun_phrases import Phrase, asked, be, said, somebody, thing
from .sentence import Sentence, ended
from .stock import ATTRIBUTES, COLOURS
from .theme import adjective, name, noun, role, theme, use, used
from .values import city, firm, invented_name, person

OPPOSITES = {}
for _pair in (
    "open/closed empty/full hot/cold big/small old/new clean/dirty wet/dry early/late cheap/expensive light/dark safe/dangerous "
    "private/public possible/impossible free/busy high/low long/short hard/soft heavy/light fresh/stale loud/quiet rich/poor strong/weak "
    "thick/thin tidy/messy modern/old wide/narrow happy/sad ready/late real/fake sharp/blunt smooth/rough correct/wrong"
).split():
    _one, _other = _pair.split("/")
    OPPOSITES[_one], OPPOSITES[_other] = _other, _one

_IS = "is|was|is|looks|seems|is too|is very|has to be|must be".split("|")
_ARE = {
    "is": "are", "was": "were", "looks": "look", "seems": "seem", "is too": "are too", "is very": "are very", "has to be": "have to be",
}
_COLOUR = (
    "What colour {be} {it}?", "Which colour {be} {it}?", "What color {be} {it}?", "What is the colour of {it}?",
)
_LIKE = (
    "How {be} {it}?", "What {be} {it} like?", "What {be} {it}?", "{Be} {it} {quality}?", "Tell me about {it}.", "{Be} {it} {quality}?",
    "What do you know about {it}?",
)


def quality():
    subject = thing(first_person=theme.first_person)
    word, is_ = adjective() if R() < 0.6 else use(kinds.COLOUR), pick(_IS)
    if subject.plural:
        is_ = _ARE.get(is_, is_)
    made = Sentence(ended(f"{said(subject)} {is_} {word}"), "q")

    def question():
        it, be_ = asked(subject), be(subject)
        if word in COLOURS and R() < 0.7:
            return pick(_COLOUR).format(be=be_, it=it), "x"
        asked_for = OPPOSITES.get(word, word) if R() < 0.3 else word
        return pick(_LIKE).format(be=be_, Be=capital(be_), it=it, quality=asked_for), "x"

    made.question = question
    return made


_CALLED = (
    "What {be} {it} called?", "What is the name of {it}?", "What's {it} called?", "What is {it}'s name?", "How {be} {it} called?",
    "What's the name of {it}?", "Who {be} {it}?", "Do you know the name of {it}?", "Which name does {it} have?",
)


def called():
    subject = thing(False, theme.first_person) if R() < 0.6 else somebody(0)
    name_ = used(pick((person, invented_name, invented_name, firm))(), kinds.NAME)
    is_called = pick(("is called", "is named", "goes by the name of", "is nicknamed", "is called"))
    if subject.plural:
        is_called = is_called.replace("is", "are").replace("goes", "go")
    made = Sentence(ended(f"{said(subject)} {is_called} {name_}"), "w")
    made.question = lambda: (pick(_CALLED).format(be=be(subject), it=asked(subject)), "x")
    return made


_WHO = (
    "Who is {}?", "Who is {}?", "Who's {}?", "What is the name of {}?", "Do you know who {} is?", "Tell me who {} is.", "Name of {}?",
    "Who works as {}?",
)
_WHAT_ROLE = (
    "What is {}'s job?", "Who is {}?", "What does {} do?", "What is {}?", "What do you know about {}?", "What's {}'s role?",
)


def has_role():
    name_ = name()
    determiner = pick(("the ", "the ", "our ", "my " if theme.first_person else "the ", "a "))
    modifier = noun() + " " if R() < 0.35 else adjective() + " " if R() < 0.2 else ""
    head = role() if R() < 0.7 else used(pick(ATTRIBUTES["w"]), kinds.ROLE)
    tail = ""
    if R() < 0.4:
        of = pick((" of ", " for ", " at ", " of "))
        tail = of + (said(thing(False)) if R() < 0.5 else used(pick((firm, city))(), kinds.FIRM))
    office = Phrase(determiner, modifier, head, tail, False, "p")
    holder = name_ if R() < 0.8 else name_ + " and " + name()
    is_ = "is" if holder == name_ else "are"
    text = f"{holder} {is_} {said(office)}" if R() < 0.55 else f"{said(office)} {is_} {holder}"
    made = Sentence(ended(text), "w")

    def question():
        it, k = asked(office), R()
        if k < 0.7:
            return pick(_WHO).format(it), "w"
        return (pick(_WHAT_ROLE).format(holder) if k < 0.9 else f"Is {holder} {said(office)}?"), "x"

    made.question = question
    return made


def likes():
    subject = somebody()
    object_ = thing() if R() < 0.7 else Phrase("", "", use(kinds.FOOD), "", False, "o")
    base = pick("like love hate prefer need want own have collect enjoy know miss".split())
    plain = subject.kind == "1" or subject.plural
    third = "has" if base == "have" else base + "s"
    made = Sentence(ended(f"{said(subject)} {base if plain else third} {said(object_)}"), "")

    def question():
        it, do, k = asked(subject), "do" if plain else "does", R()
        if k < 0.55:
            return f"What {do} {it} {base}?", "x"
        if k < 0.65:
            return f"Which {object_.head} {do} {it} {base}?", "x"
        if k < 0.8:
            return f"Who {third} {asked(object_)}?", "w"
        return (f"{capital(do)} {it} {base} {asked(object_)}?" if k < 0.9 else about(object_)), "x"

    made.question = question
    return made


def description():
    k = R()
    return quality() if k < 0.25 else called() if k < 0.45 else has_role() if k < 0.8 else likes()
