"""Where an entry comes from, as its label says it: a memory with its day, a document with its page."""
from . import values_zh
from .chance import R, between, pick
from .format import document_label, memory_label
from .inflection import NOUN_FORMS, capital
from .values import invented, invented_name, iso_date

_ENDINGS = "pdf pdf pdf docx docx txt md html xlsx csv pptx eml".split()
_NAMES = (
    "handbook contacts notes policy office it-guide manual faq lease minutes menu rules report guide inventory wiki staff safety price-list "
    "schedule welcome onboarding house-rules emergency contract insurance suppliers keys rota tariffs maintenance equipment travel expenses "
    "data-protection first-aid newsletter protocol checklist quotation warranty floor-plan"
).split()
_ZH_NAMES = (
    "手册 通讯录 会议纪要 规定 员工手册 维修指南 说明书 常见问题 租赁合同 菜单 安全须知 库存表 报告 指南 价格表 排班表 供应商 钥匙登记 差旅制度 报销制度 急救 消防 设备清单 合同 保险 欢迎 通知"
).split()


def file_name(chinese=False):
    """A document's name as offices have them: with or without a year, hyphens, blanks, capitals."""
    if chinese and R() < 0.75:
        name = pick(_ZH_NAMES) if R() < 0.8 else values_zh.characters(2) + pick(_ZH_NAMES)
        return name + (str(between(2019, 2028)) if R() < 0.15 else "") + "." + pick(_ENDINGS)
    k = R()
    if k < 0.5:
        name = pick(_NAMES)
    elif k < 0.7:
        name = invented() + pick("-_") + pick(NOUN_FORMS)[0]
    else:
        name = pick(NOUN_FORMS)[0] if k < 0.9 else invented()
    k = R()
    if k < 0.12:
        name = " ".join(capital(part) for part in name.split("-")) + (" " + invented_name() if k < 0.04 else "")
    elif k < 0.2:
        name = capital(name)
    if R() < 0.14:
        name += pick("- _") + (str(between(2019, 2028)) if R() < 0.7 else "v" + str(between(1, 9)))
    return name + "." + pick(_ENDINGS)


def day():
    return f"{between(2024, 2028)}-{between(1, 12):02d}-{between(1, 28):02d}"


def memory():
    return memory_label(day())


def document(name=None, chinese=False):
    """A passage of a document; most have pages."""
    return document_label(name or file_name(chinese), between(1, 99) if R() < 0.6 else None)


_ELSEWHERE = (
    lambda: f"{file_name()}, {iso_date()}", lambda: "memory", lambda: "note", lambda: f"{file_name()}, page {between(1, 99)}",
    lambda: f"p. {between(1, 200)}", lambda: f"{file_name()}, row {between(1, 99)}", lambda: f"{file_name()}, section {between(1, 9)}.{between(1, 9)}",
    lambda: iso_date(), lambda: f"手册.pdf, p. {between(1, 99)}", lambda: "",
)


def elsewhere():
    """Labels that other programs write."""
    return pick(_ELSEWHERE)()


def heading_path(heading):
    """A heading under the one above it, as a passage is embedded."""
    return capital(pick(_NAMES).replace("-", " ")) + " › " + heading
