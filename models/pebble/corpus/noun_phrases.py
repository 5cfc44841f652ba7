"""Noun phrases: things and persons, as a sentence says them and as a question about it does."""
from typing import NamedTuple

from . import kinds
from . import theme as now
from .chance import R, between, digits, pick
from .inflection import a_an
from .stock import GROUPS
from .theme import adjective, name, noun, role, theme, use, used
from .values import invented_name, person


class Phrase(NamedTuple):
    """`kind`: o a thing, p a person, 1 "I", 4 "we"."""

    determiner: str
    modifier: str
    head: str
    tail: str
    plural: bool
    kind: str

    @property
    def speaker(self):
        return self.kind in "14"


class Wanted:
    """A phrase that the next sentence should use again, so that it is about the same thing."""

    phrase = None


def said(p):
    return p[0] + p[1] + p[2] + p[3]


def thing(plural=None, first_person=0.0):
    wanted = Wanted.phrase
    if wanted and wanted.kind == "o" and (plural is None or plural == wanted.plural) and R() < 0.6:
        return wanted
    made = _new_thing(plural, first_person)
    now.phrases.append(made)
    return made


def _new_thing(plural, first_person):
    if plural is None:
        plural = R() < 0.25
    modifier = _modifier()
    if modifier and R() < 0.1 and not plural:
        head = use(kinds.DEVICE)
    else:
        head = noun(plural)
    tail = _tail(plural)
    determiner = "my " if first_person and R() < first_person else _determiner(plural, modifier or head, tail)
    return Phrase(determiner, modifier, head, tail, plural, "o")


def _modifier():
    k = R()
    if k < 0.2:
        return adjective() + " "
    if k < 0.42:
        return noun() + " "
    if k < 0.46:
        return adjective() + " " + noun() + " "
    if k < 0.5:
        return (invented_name() if R() < 0.5 else use(kinds.CITY)) + " "
    return ""


def _tail(plural):
    k = R()
    if k < 0.06:
        return pick((" of the ", " for the ", " in the ", " on the ", " from the ")) + noun()
    if k < 0.14 and not plural:
        if R() < 0.4:
            return " " + use(kinds.CODE)
        return " " + used(str(between(1, 400)) if R() < 0.5 else digits(between(3, 6)), kinds.NUMBER)
    if k < 0.165:
        return pick((" from ", " in ", " for ")) + use(kinds.CITY)
    if k < 0.18:
        return " with the " + adjective() + " " + noun()
    if k < 0.2:
        limit = kinds.MAKERS[kinds.MONEY if R() < 0.5 else kinds.MEASURE]()
        return pick((" over ", " under ", " of more than ", " below ")) + used(limit, kinds.MONEY)
    return ""


def _determiner(plural, next_word, tail):
    k = R()
    if plural:
        if k < 0.27:
            return "the "
        if k < 0.6:
            return ""
        if k < 0.7:
            return use(kinds.COUNT) + " "
        return "all " if k < 0.78 else "our " if k < 0.88 else pick(("these ", "some ", "most ", "both ", "many ", "no ", "new "))
    if k < 0.62:
        return "the "
    if k < 0.7:
        return a_an(next_word)
    if k < 0.82:
        return "our "
    if k < 0.9:
        return used(pick(theme.names) if R() < 0.5 else person(), kinds.NAME) + "'s "
    if k < 0.94:
        return pick(("this ", "every ", "each ", "your ", "any "))
    return "" if tail and k < 0.98 else "the "


_RELATIONS = (
    "sister brother mother father wife husband son daughter boss neighbour friend aunt uncle cousin colleague landlord team family"
).split()
_BODIES = "team department crew staff committee office group company".split()
SPEAKER = Phrase("", "", "I", "", False, "1")
SPEAKERS = Phrase("", "", "we", "", True, "4")


def somebody(first_person=None):
    wanted = Wanted.phrase
    if wanted and wanted.kind == "p" and R() < 0.6:
        return wanted
    made = _new_person(theme.first_person if first_person is None else first_person)
    now.phrases.append(made)
    return made


def _new_person(first_person):
    k = R()
    if R() < first_person:
        return SPEAKER if R() < 0.82 else SPEAKERS
    if k < 0.45:
        return Phrase("", "", name(), "", False, "p")
    if k < 0.7:
        determiner = pick(("the ", "the ", "the ", "our ", "a "))
        modifier = noun() + " " if R() < 0.3 else adjective() + " " if R() < 0.2 else ""
        return Phrase(determiner, modifier, role(), " of the " + noun() if R() < 0.1 else "", False, "p")
    if k < 0.85:
        return Phrase("", "", pick(GROUPS), "", True, "p")
    if k < 0.92:
        return Phrase("my " if first_person else "the ", "", pick(_RELATIONS), "", False, "p")
    return Phrase("the ", noun() + " " if R() < 0.5 else "", pick(_BODIES), "", False, "p")


_LOOSE = ("a ", "an ", "this ", "every ", "each ", "any ", "these ", "some ")


def asked(p):
    """The same phrase as a question says it: other determiners, sometimes without its details."""
    determiner, modifier, head, tail, plural, kind = p
    if kind in "14":
        return head
    if determiner in _LOOSE:
        determiner = "the " if R() < 0.6 else determiner
    elif determiner == "our ":
        determiner = "our " if R() < 0.6 else "the "
    elif determiner == "" and plural and R() < 0.25:
        determiner = "the "
    elif determiner == "all ":
        determiner = pick(("", "all ", "the "))
    if modifier and R() < 0.2:
        modifier = ""
        determiner = a_an(head) if determiner in ("a ", "an ") else determiner
    if tail:
        k = R()
        if tail.startswith(" of the ") and k < 0.25:
            modifier += tail[8:] + " "
            tail = ""
        elif k < 0.4 and not tail[1:2].isdigit():
            tail = ""
    if kind == "p" and " " in head and R() < 0.2 and head[0].isupper() and "." not in head:
        head = pick(head.split(" "))
    return determiner + modifier + head + tail


def be(p):
    return "are" if p.plural else "is"


_GENERAL = {}
for _line in """dish: curry soup salad casserole stew pie sandwich omelette burger pizza porridge pasta
animal: dog cat horse cow sheep goat rabbit monkey lion tiger elephant giraffe bear wolf fox deer mouse rat squirrel hamster pony kitten puppy
bird: duck goose swan owl eagle hawk falcon robin sparrow pigeon seagull parrot crow hen turkey ostrich peacock
fruit: apple pear plum grape cherry banana orange lemon lime melon mango peach apricot fig strawberry raspberry pineapple
vegetable: carrot potato onion leek cabbage bean pea turnip beetroot cucumber pepper pumpkin celery
vehicle: car van bus truck lorry taxi tram tractor bicycle bike motorbike train jeep sedan
tool: hammer saw drill chisel screwdriver spanner wrench axe spade shovel pliers file
drink: tea coffee milk juice wine beer cocoa cider lemonade water
room: kitchen bedroom bathroom hall office cellar attic lobby pantry classroom
building: church castle tower school hospital factory museum library theatre hotel temple palace warehouse
instrument: piano violin guitar flute drum trumpet harp clarinet trombone saxophone
garment: shirt skirt coat jacket dress scarf sweater cardigan trouser sock glove hat vest
tree: oak elm pine willow palm chestnut cedar
flower: rose tulip daisy lily orchid sunflower poppy
piece of furniture: table chair desk sofa bed wardrobe shelf cupboard stool bench
device: printer scanner laptop monitor keyboard router camera phone projector modem
person: manager teacher nurse doctor plumber driver cook porter guard waiter engineer
body of water: lake river pond sea canal stream
container: box bucket crate barrel jar bottle bag basket tin""".splitlines():
    _name, _members = _line.split(": ")
    for _member in _members.split():
        _GENERAL[_member] = _name
_GENERAL_PLURALS = {
    "dish": "dishes", "person": "people", "body of water": "bodies of water", "piece of furniture": "pieces of furniture",
}


def general(p):
    """The kind of thing that it is: "dish" for a curry; its own name when there is none."""
    found = _GENERAL.get(p.head) or _GENERAL.get(p.head[:-1])
    if not found:
        return p.head
    return _GENERAL_PLURALS.get(found, found + "s") if p.plural else found
