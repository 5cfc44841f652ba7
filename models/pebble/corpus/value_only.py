"""Where the question says so, the answer is the value alone: "Just the number, please." → "4471 [1]"."""
from . import families, tables
from .asked import of_situation
from .chance import R, pick
from .context import COUNTS, lay
from .distractors import distractors
from .format import cite, with_context
from .questions import typed

# what a value of a type is called
_CALLED = {
    "number": "phone num count percent age amount length weight temperature size year",
    "code": "code plate",
    "name": "person first firm brand product project animal device",
    "date": "date",
    "day": "day",
    "time": "time",
    "price": "money",
    "amount": "money amount",
    "place": "place room city country address",
    "address": "address email url",
    "word": "word color food drink fruit thing hobby language sport instrument vehicle season month department team role event subject",
    "file name": "file",
    "city": "city",
    "room": "room",
    "colour": "color",
}
_NAMES = {}
for _name, _types in _CALLED.items():
    for _type in _types.split():
        _NAMES.setdefault(_type, []).append(_name)
_BEHIND = (
    "Just the {n}, please.", "Only the {n}.", "Just the {n}.", "Give me only the {n}.", "{N} only.", "Answer with the {n} only.",
    "I only need the {n}.", "Reply with just the {n}.", "Nothing but the {n}, please.", "Just give me the {n}.", "Only the {n}, please.",
)
_BEHIND_ANY = (
    "Just the answer, please.", "In one word, please.", "As short as possible.", "Only the value.", "No full sentence, please.", "Keep it short: only the answer.",
    "Short answer please.", "Just the value.", "No sentence, just the answer.",
)
_BEFORE = ("Only the {n}: ", "Just the {n}: ", "{N} only: ", "Give me just the {n}: ", "Without a full sentence: ", "Short answer: ", "In as few words as possible: ")
_ZH_CALLED = {"phone": "号码", "num": "数字", "count": "数字", "code": "号码", "person": "名字", "first": "名字", "firm": "名称", "date": "日期", "time": "时间",
              "money": "金额", "place": "地点", "room": "房间号", "city": "城市", "address": "地址", "email": "地址"}
_ZH_BEHIND = ("只要{n}。", "只说{n}就行。", "直接告诉我{n}。", "只回答{n}。")
_ZH_BEHIND_ANY = ("只要答案。", "不用整句话。", "简短回答。", "直接说答案。")


def _only(question, slot, chinese):
    """The question with the wish for the value alone."""
    bare = slot.rstrip("0123456789")
    if chinese:
        name = _ZH_CALLED.get(bare)
        return question + (pick(_ZH_BEHIND).format(n=name) if name and R() < 0.7 else pick(_ZH_BEHIND_ANY))
    name = pick(_NAMES.get(bare, ("answer",)))
    names = {"n": name, "N": name.capitalize()}
    if R() < 0.15:
        before = pick(_BEFORE).format(**names)
        return before + question[0].lower() + question[1:]
    behind = pick(_BEHIND).format(**names) if R() < 0.75 else pick(_BEHIND_ANY)
    return question + " " + (behind if R() < 0.8 else behind.lower().rstrip("."))


def turn(chinese):
    return _of_table(chinese) if R() < 0.25 else _of_family(chinese)


def _of_family(chinese):
    while True:
        family = families.draw("zh" if chinese else "en")
        asking = [i for i, (slot, _) in enumerate(family.questions) if slot != "*"]
        if asking:
            break
    asked = of_situation(families.Situation(family), pick(asking))
    value = asked.situation.values[asked.slot]
    laid, line = lay(asked, distractors(asked, pick(COUNTS)))
    question = _only(asked.question, asked.slot, chinese)
    # slips and shouting would touch the wish itself
    return laid.asking(typed(question, chinese) if R() < 0.3 else question), cite(value, line.number), laid


def _of_table(chinese):
    made, question, _, row, cell, number = tables.asked_row(chinese)
    by_cell = row.key not in question and row.cells[cell] in question
    value = row.key if by_cell else row.cells[cell]
    slot = row.key_slot if by_cell else row.columns[cell][2]
    return with_context(made, _only(question, slot, chinese)), cite(value, number), None


