"""What one conversation is about: a few nouns, verbs, names and places that come back in it, so that distractors share words."""
from . import kinds
from .chance import R, between, pick
from .inflection import INTRANSITIVE, NOUN_FORMS, ROLE_FORMS, TRANSITIVE, verb_forms
from .stock import ADJECTIVES, COLOURS, ROOMS
from .stock import ZH_THINGS
from .values import invented, invented_name, person


class Theme:
    """The favourites of a conversation and how often they are taken."""

    __slots__ = ("nouns", "verbs", "verbs_alone", "adjectives", "names", "rooms", "zh_things", "share", "invented", "first_person")

    def __init__(self):
        self.renew(False)

    def renew(self, chinese, first_person=None):
        """New favourites; `first_person` is the share of sentences that the person says about themself."""
        self.nouns = [pick(NOUN_FORMS) for _ in range(between(2, 9))]
        self.verbs = [pick(TRANSITIVE) for _ in range(between(2, 5))]
        self.verbs_alone = [pick(INTRANSITIVE) for _ in range(3)]
        self.adjectives = [pick(ADJECTIVES) for _ in range(between(2, 5))]
        self.names = [person() for _ in range(between(2, 4))]
        self.rooms = [pick(ROOMS) for _ in range(between(2, 4))]
        self.zh_things = [pick(ZH_THINGS) for _ in range(4)] if chinese else ()
        self.share = pick((0, 0.2, 0.4, 0.6, 0.8, 0.9))
        self.invented = pick((0.02, 0.05, 0.1, 0.1, 0.3))
        self.first_person = pick((0, 0, 0.1, 0.4)) if first_person is None else first_person


theme = Theme()
# (word, kind) of the sentence under construction, and the noun phrases in it
words = []
phrases = []


def used(word, kind):
    """Notes that the sentence holds this word."""
    words.append((word, kind))
    return word


def use(kind):
    """A new word of a kind, noted."""
    return used(kinds.MAKERS[kind](), kind)


def noun(many=False):
    if R() < theme.invented:
        word = invented() if R() < 0.6 else invented_name()
        return used(word + "s", kinds.WORDS) if many else used(word, kinds.WORD)
    forms = pick(theme.nouns) if R() < theme.share else pick(NOUN_FORMS)
    return used(forms[many], kinds.NOUNS if many else kinds.NOUN)


def adjective():
    if R() < theme.share:
        word = pick(theme.adjectives)
    else:
        word = pick(ADJECTIVES) if R() < 0.9 else pick(COLOURS)
    return used(word, kinds.ADJECTIVE)


def name():
    return used(pick(theme.names) if R() < theme.share * 0.8 else person(), kinds.NAME)


def role(many=False):
    return used(pick(ROLE_FORMS)[many], kinds.ROLE)


def room():
    return used(pick(theme.rooms) if R() < theme.share else pick(ROOMS), kinds.ROOM)


def verb():
    """The forms of a verb that takes an object."""
    if R() < theme.share:
        return pick(theme.verbs)
    return pick(TRANSITIVE) if R() < 0.94 else verb_forms(invented())


def verb_alone():
    return pick(theme.verbs_alone) if R() < theme.share else pick(INTRANSITIVE)
