"""Words of the Chinese grammar, noted as parts of the sentence under construction."""
from . import kinds
from . import values as en
from . import values_zh as zh
from .chance import R, between, pick
from .stock import ZH_NUMBERS, ZH_VERBS
from .theme import theme, use, used

WHERE = ("哪里", "哪儿", "什么地方", "哪里")
WHEN = ("什么时候", "什么时候", "何时", "哪天")
RELATIONS = "女儿 儿子 妻子 丈夫 姐姐 弟弟 妹妹 哥哥 妈妈 爸爸 朋友 同事 老板 经理 房东 邻居 医生 老师 猫 狗".split()


def thing():
    return used(zh.thing(theme.zh_things, theme.share), kinds.ZH_THING)


def place():
    return use(kinds.ZH_PLACE)


def person():
    return use(kinds.ZH_PERSON)


def time():
    k = R()
    moment = zh.clock() if k < 0.25 else zh.date() if k < 0.75 else zh.date() + zh.clock()
    return used(moment, kinds.ZH_TIME)


def clock():
    return used(zh.clock(), kinds.ZH_TIME)


def frequency():
    return used(zh.frequency(), kinds.ZH_TIME)


def money():
    return use(kinds.ZH_MONEY)


def code():
    return used(pick((en.code, en.code, en.phone, en.ip_address))(), kinds.CODE)


def count():
    return used(str(between(2, 300)) if R() < 0.7 else pick(ZH_NUMBERS), kinds.ZH_COUNT)


def verb():
    return used(pick(ZH_VERBS), kinds.ZH_VERB)


def group(word):
    return used(word, kinds.ZH_THING)
