"""Does a sentence hold every word of a question that carries meaning? Decides what may stand beside the sentence that answers."""
import re

from .inflection import INTRANSITIVE, TRANSITIVE, verb_forms
from .stock import IRREGULAR_VERBS, STOP_WORDS, SYNONYM_PAIRS, VERB_NOUNS

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ied", "ies", "ers", "ed", "es", "al", "ly", "er", "s")
# bounds the memory of words that were seen once
_MOST_STEMS = 60_000
_stems = {}


def stem(word):
    """The beginnings of a word by which its other forms can be found, as a tuple: irregular verbs and synonyms have several."""
    known = _stems.get(word)
    if known:
        return known
    cut = word
    for ending in _ENDINGS:
        if cut.endswith(ending) and len(cut) - len(ending) >= 3:
            cut = cut[: -len(ending)]
            break
    if len(cut) > 3 and cut[-1] in "ey":
        cut = cut[:-1]
    if len(cut) > 3 and cut[-1] == cut[-2]:
        cut = cut[:-1]
    found = (cut,)
    if len(_stems) < _MOST_STEMS:
        _stems[word] = found
    return found


def _learn():
    for forms in TRANSITIVE + INTRANSITIVE:
        if forms[0] in IRREGULAR_VERBS:
            beginnings = {form[: max(3, len(form) - 1)] if len(form) > 4 else form for form in (forms[0], forms[2], forms[3])}
            _stems[forms[0]] = _stems[forms[2]] = _stems[forms[3]] = tuple(beginnings)
    for verb, noun in VERB_NOUNS.items():
        both = set(stem(verb)) | set(stem(noun))
        for form in (*verb_forms(verb), noun):
            _stems[form] = tuple(set(_stems.get(form, ())) | both)
    for one, other in SYNONYM_PAIRS:
        if "_" not in one + other:
            _stems[one.lower()] = _stems[other.lower()] = tuple(set(stem(one.lower())) | set(stem(other.lower())))


_learn()


def stems_of(question):
    """The stems of its words that carry meaning."""
    return [stem(word) for word in _WORD.findall(question.lower()) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]


_ZH_EMPTY = frozenset("什么谁哪里是的多少怎吗?我您在有")


def zh_stems_of(made, question):
    """Of a Chinese question: the words of the sentence that it repeats, else its characters that carry meaning."""
    repeated = [(word.lower(),) for word, _ in made.words if word in question]
    return repeated or [(character,) for character in question if character not in _ZH_EMPTY][:6]


def holds(text, stems):
    """Whether the text (in small letters) holds each of them."""
    for forms in stems:
        for form in forms:
            if form in text:
                break
        else:
            return False
    return True
