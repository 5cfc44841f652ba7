"""Numbered entries of a context: facts from memory, passages of documents, each on one line as the agent writes them."""
from . import labels
from .chance import R, between, pick
from .inflection import NOUN_FORMS, capital
from .stock import TOPICS

# how sentences of one passage are glued once the agent has made one line of it: lists keep their marks
_LIST_MARKS = ("- ", "* ", "• ")


class Line:
    """A sentence that stands in an entry. `number` is the entry's, once they are numbered; `wanted`: it is what answers."""

    __slots__ = ("text", "lead", "chinese", "number", "personal", "wanted", "subject")

    def __init__(self, text, chinese=False, lead=None, personal=False, wanted=False):
        self.wanted = wanted
        self.text = text
        self.chinese = chinese
        self.lead = lead
        self.personal = personal
        self.number = None
        # what it begins with and "it" or "they" can stand for, once that was said
        self.subject = None


def closed(text, chinese):
    """With a mark at its end, so that another sentence can follow."""
    return text if text[-1] in ".!?。！？:：;；" else text + ("。" if chinese else ".")


def passage(lines):
    """Several sentences as one passage; sometimes a list or under a heading."""
    chinese = lines[0].chinese
    for line in lines:
        line.text = closed(line.text, line.chinese)
    texts = [line.lead + " " + line.text if line.lead else line.text for line in lines]
    k = R()
    if k < 0.05:
        mark = pick(_LIST_MARKS)
        text = " ".join(mark + one for one in texts)
        return text if R() < 0.5 or chinese else heading() + ": " + text
    if k < 0.09:
        return " ".join(f"{i}. {one}" for i, one in enumerate(texts, between(1, 3) if R() < 0.3 else 1))
    glued = "".join(texts) if chinese else " ".join(texts)
    return heading() + " " + glued if k < 0.13 and not chinese else glued


def heading():
    return capital(pick(TOPICS) if R() < 0.5 else pick(NOUN_FORMS)[1])


class Style:
    """Where the entries of one context come from: mostly memory and documents mixed, as the agent merges them."""

    def __init__(self, chinese):
        k = R()
        self.chinese = chinese
        self.source = "mixed" if k < 0.5 else "memory" if k < 0.68 else "document" if k < 0.9 else "elsewhere"
        # often all passages are of one document
        self.name = labels.file_name(chinese) if R() < 0.4 else None

    def label(self, several, personal=False):
        source = self.source
        if source == "mixed":
            # what a person says of themself was told, not read
            source = "document" if several or not personal and R() < 0.55 else "memory"
        if source == "memory":
            return labels.memory()
        return labels.document(self.name, self.chinese) if source == "document" else labels.elsewhere()


def grouped(lines, long=False):
    """The lines in groups: single facts, and passages of several sentences."""
    if R() < (0.1 if long else 0.62):
        return [[line] for line in lines]
    groups, i = [], 0
    most = 7 if long else 4
    while i < len(lines):
        size = 1 if R() < 0.35 else between(2, most)
        groups.append(lines[i : i + size])
        i += size
    return groups


def entries(groups, chinese=False):
    """(label, text) of each group; every line learns the number of its entry."""
    style = Style(chinese)
    made = []
    for number, group in enumerate(groups, 1):
        for line in group:
            line.number = number
        if len(group) == 1:
            line = group[0]
            text = line.lead + " " + line.text if line.lead else line.text
        else:
            text = passage(group)
        made.append((style.label(len(group) > 1, any(line.personal for line in group)), text))
    return made
