"""Questions for yes or no: answered by the sentence that decides, whether it agrees or not."""
from . import families
from .asked import of_situation
from .chance import R, pick
from .context import COUNTS, lay, unanswerable_turn
from .distractors import distractors
from .format import cite
from .questions import typed
from .sentence import lowered

_ASKS = (
    "{q} Is it {v}?", "{q} {V}?", "Is it {v}? {q}", "{q} {V}, right?", "{q} I think it is {v}.", "{q} {V}, isn't it?", "{q} Is {v} correct?", "{q} Is {v} right?",
)
_TRUE = (
    "Is it true that {s}?", "Is it right that {s}?", "Is it correct that {s}?", "{S}, right?", "{S}, correct?", "{S}?", "Am I right that {s}?", "So {s}?", "Can you confirm that {s}?",
)
_ZH_ASKS = ("{q}是{v}吗？", "{q}{v}？", "{q}{v}，对吗？")
_ZH_TRUE = ("{s}，对吗？", "{s}，是吗？", "{s}，是不是？", "是不是{s}？", "听说{s}，是真的吗？")


def turn(chinese):
    while True:
        family = families.draw("zh" if chinese else "en")
        asking = [i for i, (slot, _) in enumerate(family.questions) if slot != "*"]
        if asking:
            break
    asked = of_situation(families.Situation(family), pick(asking))
    value = asked.situation.values[asked.slot]
    other = family.values()[asked.slot] if R() < 0.45 else value
    if R() < 0.55:
        asked.question = _asked_with(asked.question, other, chinese)
    else:
        asked.question = _supposed(asked, other, chinese)
    if R() < 0.12:
        found = unanswerable_turn(asked)
        if found:
            return found
    laid, line = lay(asked, distractors(asked, pick(COUNTS)))
    return laid.asking(typed(asked.question, chinese)), cite(asked.answer(line.text), line.number), laid


def _asked_with(question, value, chinese):
    """The question with a guess at its answer."""
    if chinese:
        return pick(_ZH_ASKS).format(q=question, v=value)
    return pick(_ASKS).format(q=question, v=value, V=value[0].upper() + value[1:])


def _supposed(asked, value, chinese):
    """A statement of the family, in its own or in other words, with the right value or another, made a question."""
    family = asked.situation.family
    values = {**asked.situation.values, asked.slot: value}
    text = family.statements[pick(family.fits[asked.index])].fill(values).rstrip(".。")
    if chinese:
        return pick(_ZH_TRUE).format(s=text)
    return pick(_TRUE).format(s=lowered(text), S=text)
