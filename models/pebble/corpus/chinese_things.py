"""Chinese sentences about things and places. Each function returns (statement, questions), without the marks at their ends."""
from . import kinds
from . import values_zh as zh
from .chance import R, pick
from .chinese_values import WHEN, WHERE, clock, code, count, frequency, group, money, person, place, thing, time, verb
from .stock import ZH_CITIES, ZH_GROUPS, ZH_ROLES, ZH_VERBS, ZH_VERBS_ALONE
from .theme import use, used


def located(own):
    what, where = own + thing(), place()
    at = pick(("在", "放在", "存放在", "挂在", "就在", "在"))
    return f"{what}{at}{where}", (
        f"{what}{at}{pick(WHERE)}", f"{what}在{pick(WHERE)}", f"{what}放在{pick(WHERE)}", f"哪里有{what}", f"{where}有什么", f"在哪里能找到{what}",
    )


_NUMBERS = "密码 编号 型号 电话 号码 序列号 地址 分机号 账号 订单号 开机密码 门禁码 Wi-Fi密码 车牌号".split()


def numbered(own):
    what, number, value = own + thing(), pick(_NUMBERS), code()
    return pick((f"{what}的{number}是{value}", f"{what}{number}是{value}", f"{what}的{number}:{value}", f"{what}的{number}为{value}")), (
        f"{what}的{number}是多少", f"{what}的{number}是什么", f"{what}{number}是多少", f"{what}的{number}", f"告诉我{what}的{number}",
        f"{what}用什么{number}",
    )


def reached(own):
    where, what = place(), pick(("Wi-Fi密码", "门禁密码", "无线密码", "电话", "分机号", "邮箱"))
    value = use(kinds.MAIL) if what == "邮箱" else code()
    how = f"怎么连{where}的Wi-Fi" if "Wi" in what else f"{where}的{what}"
    return pick((f"{where}的{what}是{value}", f"{where}{what}:{value}")), (
        f"{where}的{what}是多少", f"{where}的{what}是什么", f"{where}{what}", how,
    )


def in_charge(own):
    what, who = thing() if R() < 0.6 else place(), person()
    return pick((f"{what}由{who}负责", f"{who}负责{what}", f"{what}的负责人是{who}", f"{what}归{who}管")), (
        f"{what}由谁负责", f"谁负责{what}", f"{what}的负责人是谁", f"{what}归谁管", f"{what}找谁", f"{who}负责什么",
    )


def staffed(own):
    where, role, who = place(), pick(ZH_ROLES), person()
    used(role, kinds.ZH_PERSON)
    return pick((f"{where}的{role}是{who}", f"{who}是{where}的{role}")), (
        f"{where}的{role}是谁", f"谁是{where}的{role}", f"{where}的{role}叫什么", f"{who}是谁",
    )


def repeated(own):
    what, often, does = thing(), frequency(), verb()
    return pick((f"{what}{often}{does}一次", f"{often}{does}一次{what}", f"{what}{often}都要{does}")), (
        f"{what}什么时候{does}", f"{what}多久{does}一次", f"什么时候{does}{what}", f"多长时间{does}一次{what}",
    )


def scheduled(own):
    what, when, does = thing(), time(), pick(ZH_VERBS + ZH_VERBS_ALONE)
    return f"{what}{when}{does}", (
        f"{what}什么时候{does}", f"{what}{pick(WHEN)}{does}", f"{what}几点{does}" if "点" in when else f"{what}哪天{does}",
    )


def approved(own):
    what, limit, who = thing(), money(), person() if R() < 0.5 else pick(ZH_ROLES)
    signs = pick(("签字", "批准", "审批", "同意", "盖章"))
    case = pick((f"超过{limit}的{what}", what, f"{limit}以上的{what}", f"{verb()}{what}"))
    return f"{case}需要{who}{signs}", (f"{case}需要谁{signs}", f"谁{signs}{case}", f"{what}需要谁{signs}", f"{case}要找谁{signs}")


def priced(own):
    what, price, does = own + thing(), money(), pick(("", "", "丢失", "租", "修", "换", "洗"))
    it = does + what
    return pick((f"{it}要付{price}", f"{it}的费用是{price}", f"{it}{price}", f"{it}的价格是{price}", f"{it}需要{price}", f"{it}每次{price}")), (
        f"{it}多少钱", f"{it}要付多少钱", f"{it}的费用是多少", f"{it}的价格是多少", f"{it}要多少钱", f"{it}怎么收费",
    )


def seating(own):
    where, many, unit = place(), count(), pick(("人", "位客人", "个人", "辆车"))
    seats = pick(("可以坐", "能坐", "最多坐", "容纳", "能停", "可以容纳"))
    return f"{where}{seats}{many}{unit}", (f"{where}{seats}多少{unit}", f"{where}{seats}几{unit}", f"{where}能坐多少人", f"{where}有多大")


def holding(own):
    where, many, what = place() if R() < 0.6 else thing(), count(), thing()
    unit = pick(("个", "台", "张", "把", "本", "件", "只", "辆"))
    return f"{where}有{many}{unit}{what}", (
        f"{where}有多少{unit}{what}", f"{where}有几{unit}{what}", f"有多少{what}", f"哪里有{what}", f"{where}有什么",
    )


def ruled(own):
    who, does, what = group(pick(ZH_GROUPS)), verb(), thing()
    must = pick(("必须", "需要", "应该", "不得", "可以", "不能", "要"))
    return f"{who}{must}{does}{what}", (
        f"{who}{must}做什么", f"谁{must}{does}{what}", f"{who}{must}{does}什么", f"{who}{does}{what}吗", f"{who}能不能{does}{what}",
    )


def due(own):
    who, when, does, what = group(pick(ZH_GROUPS)), time(), verb(), thing()
    text = pick((f"{who}必须在{when}前{does}{what}", f"{who}{when}{does}{what}", f"请在{when}前{does}{what}"))
    return text, (
        f"什么时候{does}{what}", f"{who}什么时候{does}{what}" if who in text else f"什么时候要{does}{what}", f"最晚什么时候{does}{what}",
        f"几号{does}{what}",
    )


def broken(own):
    what, who = thing(), person()
    happened = pick(("坏了", "丢了", "没电了", "不见了", "漏水", "报警", "出故障", "脏了"))
    text = pick((
        lambda: f"如果{what}{happened},请找{who}", lambda: f"{what}{happened}请联系{who}", lambda: f"{what}{happened}的话,打电话给{who}",
        lambda: f"如果{what}{happened},请{verb()}{thing()}",
    ))()
    return text, (f"{what}{happened}找谁", f"{what}{happened}怎么办", f"如果{what}{happened},我该怎么办", f"{what}{happened}应该联系谁")


def put_away(own):
    what, where = thing(), place()
    return pick((f"请把{what}放在{where}", f"{what}请放到{where}", f"不要把{what}放在{where}", f"{what}要放回{where}")), (
        f"{what}应该放在哪里", f"把{what}放在哪里", f"{what}放哪", f"{what}可以放在{where}吗",
    )


def done_with(own):
    does, what, tool = verb(), thing(), thing()
    text = pick((
        lambda: f"要{does}{what},请用{tool}", lambda: f"{does}{what}之前先{verb()}{tool}", lambda: f"{does}{what}需要{tool}",
        lambda: f"用{tool}{does}{what}",
    ))()
    return text, (f"怎么{does}{what}", f"如何{does}{what}", f"{does}{what}需要什么", f"用什么{does}{what}")


def open_hours(own):
    where, first, last = place(), clock(), clock()
    return pick((
        f"{where}{first}开门,{last}关门", f"{where}的开放时间是{first}到{last}", f"{where}{first}到{last}开放", f"{where}的营业时间是{first}到{last}",
    )), (
        f"{where}几点开门", f"{where}几点关门", f"{where}什么时候开放", f"{where}的开放时间是什么", f"{where}的营业时间是几点到几点",
    )


def departing(own):
    to, when, by = used(pick(ZH_CITIES), kinds.ZH_PLACE), clock(), pick(("火车", "飞机", "大巴", "班车", "船"))
    text = pick((f"去{to}的{by}{when}出发", f"开往{to}的{by}{when}开", f"{to}的{by}{when}到达"))
    if text.endswith("到达"):
        return text, (f"{to}的{by}几点到达", f"{to}的{by}什么时候到")
    return text, (f"去{to}的{by}几点出发", f"去{to}的{by}什么时候开", f"到{to}的{by}是几点")


def serviced(own):
    what, who, does = thing(), person(), verb()
    when = used(zh.frequency() if R() < 0.5 else zh.date(), kinds.ZH_TIME)
    at = clock() if R() < 0.4 else ""
    return f"{what}{when}{at}由{who}{does}", (
        f"{what}{when}几点{does}" if at else f"{what}什么时候{does}", f"谁{does}{what}", f"{what}由谁{does}",
    )


def sold(own):
    what, where, price = thing(), place(), money()
    return pick((f"{where}{zh.date()}供应{what},价格是{price}", f"{where}的{what}{price}一份", f"{where}卖{what},{price}一个")), (
        f"{what}多少钱", f"{where}的{what}多少钱", f"哪里有{what}",
    )


def out_of_order(own):
    where, what = place(), thing()
    state = pick(("坏了", "已经修好", "正在维修", "丢了", "不能用", "停用", "要更换"))
    return pick((f"{where}的{what}{state},已经报修", f"{where}的{what}{state}", f"{where}的{what}{state},请不要使用")), (
        f"哪里的{what}{state}", f"{where}的什么{state}", f"{where}的{what}怎么了", f"{where}的{what}能用吗",
    )


def attended(own):
    who, what, when = group(pick(ZH_GROUPS)), thing(), time()
    return f"{who}{when}要参加{what}", (
        f"{who}{when}要参加什么", f"{who}什么时候参加{what}", f"谁要参加{what}", f"{who}要参加什么",
    )


def reported(own):
    what, happened, who = thing(), pick(("丢了", "坏了", "用完了", "过期了")), person()
    soon, tell = pick(("马上", "尽快", "立刻", "")), pick(("告诉", "通知", "联系", "找"))
    return f"{happened}{what}请{soon}{tell}{who}", (
        f"{happened}{what}应该告诉谁", f"{happened}{what}找谁", f"{what}{happened}怎么办", f"{happened}{what}联系谁",
    )


def stowed(own):
    what, where = thing(), place()
    text = pick((f"{what}在{where}的{zh.thing()}上", f"{what}藏在{where}", f"{what}锁在{where}的{zh.thing()}里", f"{what}可以在{where}领"))
    if text.endswith("领"):
        return text, (f"在哪里领{what}", f"{what}在哪里领")
    return text, (f"{what}在哪里", f"在哪里可以找到{what}", f"{what}放在哪里")


ABOUT_THINGS = (
    located, numbered, reached, in_charge, staffed, repeated, scheduled, approved, priced, seating, holding, ruled, due, broken, put_away,
    done_with, open_hours, departing, serviced, sold, out_of_order, attended, reported, stowed,
)
