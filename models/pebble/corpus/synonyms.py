"""Words that mean the same, from families/synonyms-*.txt: groups whose first word is the specific one, which a question may replace.

English groups begin with what they are: n: nouns, v: verbs, a: adjectives, p: phrases. Nouns and verbs are inflected.
"""
from pathlib import Path

from .chance import R, pick
from .inflection import INTRANSITIVE, NOUN_FORMS, TRANSITIVE, plural, verb_forms
from .stock import STOP_WORDS

_FOLDER = Path(__file__).parent / "families"
_DETERMINERS = frozenset("the a an my our your his her their this that these those each every any some no which what whose new old".split())
_BEFORE_VERBS = frozenset("to i we you they he she it one must can should will may do does did not please who".split())


def _groups(language):
    path = _FOLDER / f"synonyms-{language}.txt"
    for line in path.read_text(encoding="utf8").splitlines():
        if line.strip() and not line.startswith("#"):
            sort, _, words = line.partition(":") if language == "en" else ("", "", line)
            group = [word.strip() for word in words.split(",") if word.strip()]
            if len(group) > 1:
                yield sort.strip(), group


def _noun_forms(noun):
    head, _, last = noun.rpartition(" ")
    return noun, (head + " " if head else "") + plural(last)


def _verb_forms(verb):
    return verb_forms(verb.replace(" ", "_"))


_FORMS = {"n": _noun_forms, "v": _verb_forms}


def _read():
    """{words: (sort, replacements)}; words that are read in two ways keep only the ways that a sentence can tell apart."""
    swaps = {}
    for sort, group in _groups("en"):
        if sort == "a":
            # "from around here" can't stand before a noun
            group = [word for word in group if " " not in word]
        forms = [_FORMS[sort](word) if sort in _FORMS else (word,) for word in group]
        for i, surface in enumerate(forms[0] if forms else ()):
            known = swaps.setdefault((surface, sort), [])
            known.extend(other[i] for other in forms[1:] if other[i] not in known)
    return swaps


_SWAPS = _read()
_ZH_SWAPS = {}
for _, _group in _groups("zh"):
    _ZH_SWAPS.setdefault(_group[0], []).extend(_group[1:])
_ZH_LENGTHS = sorted({len(word) for word in _ZH_SWAPS}, reverse=True)
_NOUN_SURFACES = frozenset(form for forms in NOUN_FORMS for form in forms)
_VERB_SURFACES = frozenset(form for forms in TRANSITIVE + INTRANSITIVE for form in forms)
_SURFACES = frozenset(surface for surface, _ in _SWAPS)
_LONGEST = max(surface.count(" ") for surface in _SURFACES) + 1


def _options(surface, before):
    """What may stand for it behind the word `before`."""
    before = before.lower()
    for sort in "pnva":
        found = _SWAPS.get((surface, sort))
        if not found:
            continue
        if sort == "n" and surface in _VERB_SURFACES and before not in _DETERMINERS:
            continue
        if sort == "v" and surface in _NOUN_SURFACES and before not in _BEFORE_VERBS:
            continue
        return found
    return ()


def swapped(question, share):
    """The question with synonyms at the given share of the words that have some; and what was put for what."""
    words, made, said = question.split(" "), [], []
    i = 0
    while i < len(words):
        for length in range(min(_LONGEST, len(words) - i), 0, -1):
            joined = " ".join(words[i : i + length])
            bare = joined.rstrip("?.,:!")
            surface = bare if bare in _SURFACES else bare.lower() if i == 0 else None
            if surface not in _SURFACES or (length == 1 and surface in STOP_WORDS):
                continue
            options = _options(surface, words[i - 1] if i else "")
            if not options or R() >= share:
                continue
            put = pick(options)
            made.append((surface, put))
            if said and said[-1] in ("a", "an"):
                said[-1] = "an" if put[0] in "aeiou" else "a"
            said.append(put + joined[len(bare) :])
            i += length
            break
        else:
            said.append(words[i])
            i += 1
    return " ".join(said), made


def swapped_zh(question, share):
    """The same for Chinese, where no blanks tell words apart: the longest known word at each place."""
    made, said, i = [], "", 0
    while i < len(question):
        for length in _ZH_LENGTHS:
            word = question[i : i + length]
            if word in _ZH_SWAPS and R() < share:
                put = pick(_ZH_SWAPS[word])
                made.append((word, put))
                said += put
                i += length
                break
        else:
            said += question[i]
            i += 1
    return said, made
