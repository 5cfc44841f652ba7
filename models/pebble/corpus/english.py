"""One English sentence of the grammar, and the same sentence about something else."""
from . import theme as now
from .attributes import attribute, note
from .chance import R, between, pick
from .clauses import it_happens, joined, somebody_does, something_is_done, with_lead, with_relative_clause
from .descriptions import description
from .everyday import everyday
from .inflection import capital
from .kinds import DETAILS, MAKERS, NAME, NOUN, NOUNS, NUMBERED, SUBJECTS, WORD, WORDS
from .noun_phrases import Wanted
from .quantities import quantity
from .rules import rule
from .scrambled import scrambled
from .sentence import Sentence
from .theme import theme
from .values import LOWER, UPPER
from .whereabouts import where_or_when

_GLUES = (", and ", " and ", ", but ", "; ", " while ", ", so ", " - ", ", whereas ")


def two_clauses():
    first = pick((somebody_does, something_is_done, where_or_when, description, it_happens))()
    second = pick((somebody_does, something_is_done, where_or_when, quantity, description, it_happens))()
    made = Sentence(joined(first, second, pick(_GLUES)), first.kinds + second.kinds)
    made.question = lambda: (first if R() < 0.5 else second).question()
    return made


# how often each make of sentence is taken
_SENTENCES = (
    [somebody_does] * 15 + [something_is_done] * 14 + [it_happens] * 7 + [where_or_when] * 12 + [description] * 10 + [attribute] * 16
    + [quantity] * 10 + [rule] * 12 + [two_clauses] * 5 + [with_relative_clause] * 3 + [scrambled] * 6 + [everyday] * 28 + [note] * 8
)
_ABOUT_A_THING = (
    [somebody_does] * 6 + [something_is_done] * 6 + [it_happens] * 2 + [where_or_when] * 5 + [description] * 4 + [attribute] * 4
    + [quantity] * 4 + [rule] * 4
)


def sentence(about=None):
    """A sentence, about the noun phrase `about` where one is given."""
    now.words.clear()
    now.phrases.clear()
    Wanted.phrase = about
    made = pick(_SENTENCES)() if about is None else pick(_ABOUT_A_THING)()
    Wanted.phrase = None
    if R() < 0.04:
        made.text = made.text.replace("'", "’")
    return made


def sentence_with_lead():
    now.words.clear()
    now.phrases.clear()
    return with_lead()


def altered(word):
    """Nearly the same number, code or name: two letters swapped, one changed, lost or doubled."""
    if len(word) < 3:
        return word + pick("0123456789")
    i = between(0, len(word) - 2)
    k, letter, next_ = R(), word[i], word[i + 1]
    if k < 0.4 and letter != next_ and letter.isdigit() == next_.isdigit() and letter.isalnum() and next_.isalnum():
        return word[:i] + next_ + letter + word[i + 2 :]
    if k < 0.85:
        letters = "0123456789" if letter.isdigit() else LOWER if letter.islower() else UPPER if letter.isupper() else letter
        return word[:i] + pick(letters) + word[i + 1 :]
    return word[:i] + word[i + 1 :] if k < 0.92 else word[:i] + letter + word[i:]


_ALTER_SHARE = {WORD: 0.4, WORDS: 0.4, NAME: 0.1}


def sibling(original):
    """The same sentence about something else, or None where there is nothing to change."""
    words = original.words
    places = [i for i, (_, kind) in enumerate(words) if kind in SUBJECTS]
    if not places:
        return None
    i = pick(places)
    word, kind = words[i]
    share = 0.6 if kind in NUMBERED or word[-1:].isdigit() else _ALTER_SHARE.get(kind, 0)
    if R() < share:
        changed = altered(word)
    elif kind in (NOUN, NOUNS) and R() >= 0.7:
        changed = pick(theme.nouns)[kind]
    else:
        changed = MAKERS[kind]()
    text = original.text.replace(word, changed, 1)
    for j, (other, other_kind) in enumerate(words):
        if j != i and R() < (0.75 if other_kind in DETAILS else 0.1):
            text = text.replace(other, MAKERS[other_kind](), 1)
    if text == original.text:
        return None
    return original.like(capital(text) if original.text[:1].isupper() else text)
