"""Random values in Chinese: things, places, persons, times and amounts, with rare characters among them."""
from . import alphabets
from .chance import R, between, digits, pick
from .stock import (
    ZH_CHARACTERS, ZH_CITIES, ZH_GIVEN_NAMES, ZH_NUMBERS, ZH_PLACES, ZH_PREFIXES, ZH_QUALITIES, ZH_ROLES, ZH_SURNAMES, ZH_THINGS,
    ZH_VERBS,
)

_STOCK_CHARACTERS = sorted(set("".join(ZH_THINGS + ZH_QUALITIES + ZH_PLACES + ZH_CITIES + ZH_ROLES + ZH_VERBS)))
_NAME_CHARACTERS = _STOCK_CHARACTERS + ZH_GIVEN_NAMES


def rare(count):
    """Characters of which a third are any at all, so that copying never needs to have seen one."""
    return "".join(chr(between(0x4E00, 0x9FA5)) if R() < 0.35 else pick(ZH_CHARACTERS) for _ in range(count))


def characters(count):
    return "".join(pick(_STOCK_CHARACTERS) for _ in range(count))


def thing(favourites=(), share=0.0):
    """A thing; half of the plain ones from `favourites` at the given share."""
    k = R()
    if k < 0.5:
        return pick(favourites) if favourites and R() < share else pick(ZH_THINGS)
    if k < 0.66:
        return pick(ZH_QUALITIES) + pick(ZH_THINGS)
    if k < 0.78:
        return pick(ZH_THINGS) + pick(ZH_THINGS)
    if k < 0.84:
        return pick(ZH_PREFIXES) + pick(ZH_THINGS)
    if k < 0.88:
        return f"{between(1, 40)}号" + pick(ZH_THINGS)
    if k < 0.92:
        return pick(ZH_PLACES) + "的" + pick(ZH_THINGS)
    return rare(between(1, 3)) if k < 0.96 else characters(between(2, 3))


_BUILDINGS = ("仓库", "车库", "会议室", "门", "楼", "食堂", "门店", "办公室")
_SIDES = ("旁边", "后面", "下面", "上面", "里面", "对面", "里")


def place():
    if R() < 0.08:
        return rare(between(1, 3)) + pick(("厅", "馆", "店", "路", "楼", "室", ""))
    k = R()
    if k < 0.55:
        return pick(ZH_PLACES)
    if k < 0.65:
        return pick(ZH_PREFIXES) + pick(_BUILDINGS)
    if k < 0.75:
        return pick(("B", "A", "C", "L", "")) + str(between(1, 9)) + pick(("层", "楼", "区", "号楼"))
    if k < 0.82:
        return digits(3) + pick(("房间", "室", "号柜子"))
    return pick(ZH_THINGS) + pick(_SIDES) if k < 0.95 else street()


def street():
    if R() < 0.3:
        return rare(between(2, 4)) + pick("市县区州") + rare(between(2, 5)) + pick("镇乡村路街里") + str(between(1, 200)) + "号"
    return characters(2) + pick(("路", "街")) + str(between(1, 200)) + "号"


_TITLES = ("经理", "老师", "医生", "先生", "女士", "师傅", "主任", "律师", "总", "阿姨")


def full_name():
    return pick(ZH_SURNAMES) + pick(ZH_GIVEN_NAMES) + (pick(ZH_GIVEN_NAMES) if R() < 0.5 else "")


def person():
    """A full name, surname and title, a role, or characters that are nobody's name yet."""
    if R() < 0.04:
        return alphabets.full_name()
    k = R()
    if k < 0.2:
        return pick(ZH_SURNAMES) + rare(between(1, 2)) if R() < 0.6 else rare(between(2, 4))
    if k < 0.6:
        return full_name()
    if k < 0.75:
        return pick(ZH_SURNAMES) + pick(_TITLES)
    return pick(ZH_ROLES) if k < 0.88 else "".join(pick(_NAME_CHARACTERS) for _ in range(between(2, 4)))


def clock():
    if R() < 0.7:
        hour = pick(ZH_NUMBERS) + "点" + pick(("", "", "半", "一刻")) if R() < 0.7 else str(between(1, 12)) + "点"
        return pick(("", "上午", "下午", "晚上", "早上", "中午")) + hour
    return f"{between(0, 23)}:{pick((0, 15, 30, 45)):02d}"


_SPANS = "明天 后天 下周 下个月 月底 年底 周末 今晚 昨天 上周 去年 每天 工作日".split()


def date():
    k = int(R() * 7)
    if k == 0:
        return day_of_month()
    if k == 1:
        return pick(("星期", "周")) + pick("一二三四五六日")
    if k == 2:
        return pick(ZH_NUMBERS) + "月"
    if k == 3:
        return pick(_SPANS)
    if k == 4:
        return f"{between(2020, 2030)}年{between(1, 12)}月"
    return pick(("下周", "上周", "每周")) + pick("一二三四五六") if k == 5 else "每月" + str(between(1, 28)) + "号"


def day_of_month():
    return f"{between(1, 12)}月{between(1, 28)}日"


def frequency():
    k = int(R() * 4)
    if k == 0:
        return "每年" + pick(ZH_NUMBERS) + "月"
    if k == 1:
        return "每" + pick(("天", "周", "个月", "年", "个季度"))
    return "每" + pick("两三四五六") + pick(("天", "周", "个月", "年")) if k == 2 else "每周" + pick("一二三四五六日")


def money():
    amount = str(between(2, 999)) if R() < 0.8 else f"{between(1, 99)},{between(0, 999):03d}"
    return amount + pick(("元", "元", "块", "块钱", "欧元", "美元", "万元"))


def count():
    return str(between(2, 300)) if R() < 0.7 else pick(ZH_NUMBERS)
