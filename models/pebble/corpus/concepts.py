"""Concepts (families/concepts-*.txt): phrases that mean the same, put into the frames of concepts.json to make families of them.

A line is `v: empty the bins | take the rubbish away | …` (v deeds, n things, p roles, a states). A family takes one concept and
one frame; a situation of it says one of the phrases and asks with another, so most pairs share no word.
"""
import json
import re
from functools import cache
from pathlib import Path

from . import families, topics
from .chance import R, between
from .families import Family, content
from .inflection import verb_forms

_FOLDER = Path(__file__).parent / "families"
_FRAMES = json.loads((Path(__file__).parent / "concepts.json").read_text(encoding="utf8"))
# how often a sort is drawn
_SHARES = {"v": 0.5, "n": 0.3, "p": 0.08, "a": 0.12}
_PHRASE = re.compile(r"\[(b|3|past|pp|ing|n|p|a|v)\]")


def _read(language):
    concepts = {sort: [] for sort in _SHARES}
    for path in sorted(_FOLDER.glob(f"concepts-*-{language}.txt")):
        for line in path.read_text(encoding="utf8").splitlines():
            sort, _, phrases = line.partition(": ")
            if sort in concepts:
                concepts[sort].append([phrase.strip() for phrase in phrases.split(" | ") if phrase.strip()])
    return {sort: lines for sort, lines in concepts.items() if lines}


CONCEPTS = {language: _read(language) for language in ("en", "zh")}


@cache
def _forms(sort, phrase, language):
    """The phrase as each placeholder of a frame wants it."""
    if sort != "v" or language == "zh":
        return {sort: phrase}
    verb, _, rest = phrase.partition(" ")
    base, third, past, participle, ing = verb_forms(verb)
    tail = " " + rest if rest else ""
    return {"b": base + tail, "3": third + tail, "past": past + tail, "pp": participle + tail, "ing": ing + tail}


@cache
def _own(sort, number, language):
    """The words of a concept."""
    return frozenset(word for phrase in CONCEPTS[language][sort][number] for word in content(phrase, language))


@cache
def _frame(sort, number, language):
    """A frame as a family: its phrases are slots, `@…` in statements and `@q…` in questions."""
    frame = _FRAMES[language][sort][number]
    family = Family(frame["title"], language)
    for text in frame["S"]:
        family.add("S", None, _PHRASE.sub(r"{@\1}", text))
    for slot, texts in frame["Q"].items():
        for text in texts:
            family.add("Q", slot, _PHRASE.sub(r"{@q\1}", text))
    for text in frame["N"]:
        family.add("N", None, _PHRASE.sub(r"{@q\1}", text))
    family.finish()
    return family


class ConceptFamily(Family):
    """A frame with one concept in it."""

    near = ()

    def __init__(self, sort, number, frame, language):
        self.__dict__.update(_frame(sort, frame, language).__dict__)
        self.title = f"{sort} {number} {self.title}"
        self.concept = (sort, number, frame)
        self.own = _own(sort, number, language)

    def values(self):
        """As of any family, and two phrases of the concept: one that is said, mostly another to ask with."""
        made = super().values()
        sort, number, _ = self.concept
        phrases = CONCEPTS[self.language][sort][number]
        said = between(0, len(phrases) - 1)
        asks = between(0, len(phrases) - 1)
        for form, text in _forms(sort, phrases[said], self.language).items():
            made["@" + form] = text
        for form, text in _forms(sort, phrases[asks], self.language).items():
            made["@q" + form] = text
        return made


def draw(language):
    """A family of any concept."""
    sorts = CONCEPTS[language]
    k = R() * sum(_SHARES[sort] for sort in sorts)
    for sort in sorts:
        k -= _SHARES[sort]
        if k < 0:
            break
    return ConceptFamily(sort, int(R() * len(sorts[sort])), int(R() * len(_FRAMES[language][sort])), language)


def draw_any(language, share):
    """A family of a concept at the given share, else one of those written by hand."""
    return draw(language) if CONCEPTS[language] and R() < share else families.draw(language)


def same_thing(family):
    """Another family of the same concept: the same thing in another frame."""
    sort, number, _ = family.concept
    return ConceptFamily(sort, number, int(R() * len(_FRAMES[family.language][sort])), family.language)


@cache
def _beside(language):
    """{(sort, number): other concepts of its sort that belong to the same topic}."""
    topics_of, members = {}, {}
    for sort, lines in CONCEPTS[language].items():
        for number, phrases in enumerate(lines):
            found = {topic.number for topic in topics.TOPICS[language] if any((word in phrases) for _, word in topic.words)}
            topics_of[sort, number] = found
            for topic in found:
                members.setdefault((sort, topic), []).append(number)
    return {key: [other for topic in found for other in members[key[0], topic] if other != key[1] and _apart(key, other, language)]
            for key, found in topics_of.items()}


def _apart(key, other, language):
    """Whether two concepts have no phrase in common."""
    lines = CONCEPTS[language][key[0]]
    return not set(lines[key[1]]) & set(lines[other])


def same_frame(family):
    """Another concept in the same frame, often of the same topic (a son and a daughter): it looks alike in all but its phrase."""
    sort, number, frame = family.concept
    near = _beside(family.language)[sort, number]
    if near and R() < 0.5:
        return ConceptFamily(sort, near[int(R() * len(near))], frame, family.language)
    return ConceptFamily(sort, int(R() * len(CONCEPTS[family.language][sort])), frame, family.language)
