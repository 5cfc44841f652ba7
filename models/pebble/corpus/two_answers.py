"""Two or three things asked for at once: each sentence that answers, in the order asked, each with its own number."""
import re

from . import families
from .asked import from_families, from_grammar, of_situation
from .chance import R, pick, shuffled
from .context import COUNTS, Laid
from .distractors import distractors
from .entries import grouped
from .format import cite
from .questions import typed

_AND = (" and ", " and ", " and ", " and ", " or ", " as well as ")
_AND_THE_OTHER = (" And {}?", " And for {}?", " What about {}?", " And what about {}?", " Same for {}?")
_ZH_AND_THE_OTHER = ("{}呢？", "还有{}呢？")
_THEN = (
    "{a} And {b}", "{a} {B}", "{a} Also: {b}", "{a} Besides, {b}", "{A} and {b}", "{A}, and {b}", "{A} and also {b}", "Two questions: {a} {B}",
    "{a} One more thing: {b}",
)
_ZH_THEN = ("{a}{b}", "{A}，{b}", "{A}，还有{b}", "{a}另外，{b}", "{A}，以及{b}")
_PERSONAL = re.compile(r"\b(I|my|me|you|your)\b")


def turn(chinese):
    """(question, answer, what was laid), or None where this time no two go together."""
    found = _same_question(chinese) if R() < 0.55 else _two_questions(chinese)
    if not found:
        return None
    several, question = found
    lines = [asked.line() for asked in several]
    others = distractors(several[0], pick(COUNTS))
    # what misses the one may answer the other
    others = [line for line in others if all(_admits(asked, line, several[0]) for asked in several[1:])]
    laid = Laid(grouped(shuffled(lines + others)), chinese)
    said = [cite(asked.answer(line.text), line.number) for asked, line in zip(several, lines)]
    return laid.asking(typed(question, chinese)), " ".join(said), laid


def _admits(asked, line, first):
    """Whether a line that was chosen beside the first may stand beside another: surely where none of its words is shared."""
    if asked.situation and first.situation and asked.situation.family is first.situation.family:
        return not any(alike in line.text.lower() for alike in _values(asked))
    words = set(families.content(asked.text + " " + asked.question, "zh" if asked.chinese else "en"))
    return len(words & set(families.content(line.text, "zh" if asked.chinese else "en"))) < 2


def _values(asked):
    """What the question names."""
    _, question = asked.situation.family.questions[asked.index]
    return [asked.situation.values[key].lower() for key in question.slots]


def _same_question(chinese):
    """One question about two things of a sort: "What are the codes of the front door and the garage?"."""
    family = families.draw("zh" if chinese else "en")
    keyed = [i for i, (slot, question) in enumerate(family.questions) if len(question.slots) == 1 and slot not in question.slots]
    if not keyed:
        return None
    index = pick(keyed)
    _, template = family.questions[index]
    (key,) = template.slots
    telling = [i for i in family.fits[index] if key in family.statements[i].slots]
    if not telling or _PERSONAL.search(template.text) and R() < 0.7:
        return None
    several = []
    for _ in range(3 if R() < 0.1 else 2):
        situation = families.Situation(family)
        if any(families.alike(situation.values[key], other.situation.values[key]) for other in several):
            return None
        several.append(of_situation(situation, index, pick(telling)))
    names = [asked.situation.values[key] for asked in several]
    if chinese:
        joined = pick(("和", "和", "以及", "跟")).join(names) if len(names) == 2 else "、".join(names[:-1]) + "和" + names[-1]
    else:
        joined = ", ".join(names[:-1]) + pick(_AND) + names[-1]
    if R() < 0.25 and len(names) == 2:
        return several, several[0].question + pick(_ZH_AND_THE_OTHER if chinese else _AND_THE_OTHER).format(names[1])
    return several, template.fill({**several[0].situation.values, key: joined})


def _two_questions(chinese):
    """Two questions that have nothing to do with each other, in one message."""
    first = _any(chinese)
    for _ in range(6):
        second = _any(chinese)
        if second.made and second.made.lead or first.made and first.made.lead:
            first = _any(chinese)
            continue
        if _apart(first, second) and _apart(second, first):
            break
    else:
        return None
    a, b = first.question, second.question
    small = b[0].lower() + b[1:] if b.split(" ")[0] in _ASKING else b
    pattern = pick(_ZH_THEN if chinese else _THEN)
    return [first, second], pattern.format(a=a, A=a.rstrip("?？.。"), b=small, B=b)


_ASKING = frozenset("What Where When Who How Which Why Whose Is Are Does Do Did Can Must May Should Was Were Will Has Have".split())


def _any(chinese):
    return from_families(chinese) if R() < 0.6 else from_grammar(chinese)


def _apart(asked, other):
    """Whether the other's sentence may stand beside this question."""
    if other.made:
        return asked.admits_sentence(other.made)
    family = other.situation.family
    return all(asked.admits_statement(family, statement, other.text) for statement in family.statements)

