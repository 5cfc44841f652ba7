"""Questions with numbered entries: the sentence that answers is copied and cited, or the answer is that it isn't there."""
import re

from . import concepts, families
from .asked import CONCEPTS, Asked
from .chance import R, between, pick, shuffled
from .distractors import about_another, distractors, like_it, of_the_same
from .english import sentence, sibling
from .entries import Line, entries, grouped
from .format import EARLIER, UNKNOWN, cite, with_context
from .sentence import holds_first_person
from .questions import typed

_CITATION = re.compile(r" \[\d+\]")
# entries beside the one that answers; the agent shows six at most
COUNTS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 7)


class Laid:
    """Entries as they were laid before the model, and the lines they are made of."""

    def __init__(self, groups, chinese):
        self.entries = entries(groups, chinese)
        self.lines = [line for group in groups for line in group]

    def asking(self, question):
        return with_context(self.entries, question)


def unknown(chinese):
    return UNKNOWN["zh" if chinese else "en"]


def lay(asked, others, answerable=True, long=False):
    """The answering line among others; returns what was laid and the line."""
    line = asked.line()
    lines = list(others)
    if answerable:
        lines.insert(between(0, len(lines)), line)
    return Laid(grouped(lines, long), asked.chinese), line


def answerable_turn(asked, count=None, long=False):
    """(question with its entries, cited answer, what was laid)."""
    count = pick(COUNTS) if count is None else count
    laid, line = lay(asked, distractors(asked, count), True, long)
    return laid.asking(asked.typed()), cite(asked.answer(line.text), line.number), laid


def unanswerable_turn(asked, count=None):
    """The same without the sentence that answers: near misses only."""
    others = distractors(asked, max(1, pick(COUNTS) if count is None else count))
    if asked.situation and R() < 0.75:
        k = R()
        near = like_it(asked) if asked.situation.family.concept and k < 0.6 else about_another(asked) if k < 0.7 else of_the_same(asked)
        if near:
            others.insert(between(0, len(others)), near)
    if asked.made:
        for _ in range(1 if R() < 0.7 else 2):
            near = _near_miss(asked)
            if near:
                others.insert(between(0, len(others)), near)
    if not others:
        return None
    laid, _ = lay(asked, others, False)
    return laid.asking(asked.typed()), unknown(asked.chinese), laid


def _near_miss(asked):
    """The same sentence about something else, or something else about the same thing."""
    made = asked.made
    if made.phrases and not asked.chinese and R() < 0.4:
        other = sentence(pick(made.phrases))
    else:
        other = sibling(made)
    if other is None or other.lead or not asked.admits_sentence(other):
        return None
    return Line(other.text, other.chinese, None, other.first_person)


def unanswered_turn(chinese):
    """A question that its own family leaves open, with statements of it before the model."""
    while True:
        situation = families.Situation(concepts.draw_any("zh" if chinese else "en", CONCEPTS / 2))
        family = situation.family
        if family.unanswered:
            break
    question = pick(family.unanswered).fill(situation.values)
    lines = [_line(situation.say(), chinese) for _ in range(1 if R() < 0.8 else 2)]
    beside = Asked()
    beside.question, beside.text, beside.chinese, beside.situation = question, "", chinese, situation
    beside.made = beside.stems = beside.index = None
    beside.slot, beside.kind = "*", "*"
    lines += distractors(beside, pick((0, 0, 1, 1, 2, 3, 4)), siblings=False)
    laid = Laid(grouped(shuffled(lines)), chinese)
    return laid.asking(typed(question, chinese)), unknown(chinese), laid


def _line(text, chinese):
    return Line(text, chinese, None, holds_first_person(text, chinese))


def earlier(question, answer):
    """An exchange as later prompts show it: without the entries that were laid, and without the number of the one that was cited."""
    alone = question.rsplit("\n\n", 1)[-1] if question.startswith("Context:") else question
    return [("user", alone), (EARLIER, _CITATION.sub("", answer))]
