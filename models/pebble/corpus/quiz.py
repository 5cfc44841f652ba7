"""Many questions about a handful of entries: each asked in other words than its entry says it, so that every text teaches several meanings."""
from . import families
from .asked import of_situation
from .chance import R, between, pick, reseed, shuffled
from .context import unknown
from .distractors import about_another, of_the_same
from .entries import Line, entries, grouped
from .format import cite, with_context
from .sessions import Fact, other_family
from .sentence import holds_first_person
from .talk import system, with_system

# of the questions that nothing answers
_UNANSWERABLE = 0.12


def conversation(rng):
    """One message with entries, then question after question about them."""
    reseed(rng)
    chinese = R() < 0.22
    taken, several = [], []
    for _ in range(between(3, 9)):
        family = other_family(taken, chinese, 0.55)
        if family is not None:
            taken.append(family)
            several.append(of_situation(families.Situation(family)))
    lines = [asked.line() for asked in several]
    wanted = dict(zip(map(id, several), lines))
    for asked in several:
        near = (about_another(asked) if R() < 0.6 else of_the_same(asked)) if R() < 0.3 else None
        if near:
            lines.append(near)
    # what is laid but not asked for leaves its family's open questions unanswered
    silent = []
    for _ in range(between(0, 2)):
        family = other_family(taken, chinese, 0.4)
        if family is not None:
            taken.append(family)
            fact = Fact(family)
            silent.append(fact)
            lines.append(Line(fact.text, chinese, None, holds_first_person(fact.text, chinese)))
    lines = shuffled(lines)
    made = entries(grouped(lines) if R() < 0.3 else [[line] for line in lines], chinese)
    messages = []
    for asked in shuffled(several):
        line = wanted[id(asked)]
        if R() < _UNANSWERABLE:
            messages += _open(silent, taken, chinese)
        question = asked.typed()
        if R() < 0.3:
            again = of_situation(asked.situation, None, None)
            if line.text in _answers(asked, again.index):
                question = again.typed()
        messages += [("user", question), ("assistant", cite(asked.answer(line.text), line.number))]
    messages[0] = ("user", with_context(made, messages[0][1]))
    return with_system(system(), messages)


def _answers(asked, index):
    """What the situation's statements say that answer a question of it."""
    family = asked.situation.family
    return [family.statements[i].fill(asked.situation.values) for i in family.fits[index]]


def _open(silent, taken, chinese):
    """A question that nothing here answers."""
    able = [fact for fact in silent if fact.family.unanswered]
    if able and R() < 0.6:
        fact = pick(able)
        question = pick(fact.family.unanswered).fill(fact.values)
    else:
        family = other_family(taken, chinese, 0.4)
        if family is None:
            return []
        question = of_situation(families.Situation(family)).typed()
    return [("user", question), ("assistant", unknown(chinese))]
