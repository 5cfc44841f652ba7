"""One Chinese sentence of the grammar: those about things and places, and these about persons."""
from . import kinds
from . import theme as now
from . import values as en
from . import values_zh as zh
from .chance import R, between, pick
from .chinese_things import ABOUT_THINGS
from .chinese_values import RELATIONS, code, money, person, place, thing, time, verb
from .sentence import Sentence
from .stock import ZH_CITIES, ZH_QUALITIES, ZH_ROLES, ZH_VERBS
from .theme import use, used


def _lives(mine):
    who, where = person(), used(pick(ZH_CITIES), kinds.ZH_PLACE)
    does = pick(("住在", "搬到了", "出生在", "在"))
    work = "工作" if does == "在" else ""
    if does == "住在":
        return f"{who}{does}{where}", (f"{who}住在哪里", f"{who}住哪个城市", f"谁住在{where}")
    return f"{who}{does}{where}{work}", (f"{who}{does}哪里{work}", f"{who}{does}哪个城市{work}")


def _reached(mine):
    who, what = person(), pick(("电话", "生日", "邮箱", "工号", "分机号", "手机号"))
    value = time() if what == "生日" else use(kinds.MAIL) if what == "邮箱" else code()
    last = f"{who}的生日是哪天" if what == "生日" else f"{who}的{what}是多少"
    return f"{who}的{what}是{value}", (f"{who}的{what}是多少", f"{who}的{what}是什么", f"{who}{what}", last)


def _likes(mine):
    who, what = "我" if R() < max(mine, 0.3) else person(), thing()
    if R() < 0.34:
        return f"{who}对{what}过敏", (f"{who}对什么过敏",)
    does = pick(("喜欢", "不喜欢", "讨厌", "爱吃", "需要", "想买", "收集", "害怕"))
    return f"{who}{does}{what}", (f"{who}{does}什么", f"{who}{does}什么" if who == "我" else f"谁{does}{what}")


def _put(mine):
    who, what, where = "我" if R() < max(mine, 0.5) else person(), thing(), place()
    does, done = pick((("放在", "了"), ("放在", ""), ("停在", ""), ("忘在", "了"), ("藏在", "")))
    return f"{who}把{what}{does}{where}{done}", (f"{who}把{what}{does}哪里了", f"{what}在哪里", f"{who}的{what}在哪里")


def _relation(mine):
    relation, whose = pick(RELATIONS), "我" if R() < max(mine, 0.5) else person()
    name = person()
    it = whose + relation if whose == "我" and R() < 0.6 else whose + "的" + relation
    return pick((f"{it}叫{name}", f"{it}是{name}", f"{it}的名字是{name}")), (
        f"{it}叫什么", f"{it}是谁", f"{it}叫什么名字", f"{it}的名字是什么",
    )


def _introduced(mine):
    name = person()
    if R() < max(mine, 0.2):
        return pick((f"我叫{name}", f"我的名字是{name}", f"我是{name}")), (
            "我叫什么", "我叫什么名字", "我是谁", "你知道我的名字吗", "我的名字是什么",
        )
    return f"{name}是{place()}的{pick(ZH_ROLES)}", (f"{name}是谁", f"{name}做什么工作", f"{name}是干什么的")


def _dealings(mine):
    who, what, price, k = person(), thing(), money(), int(R() * 6)
    if k == 0:
        return f"我欠{who}{price}", (f"我欠{who}多少钱", f"我欠{who}多少")
    if k == 1:
        return f"{who}欠我{price}", (f"{who}欠我多少钱",)
    if k in (2, 3):
        text = f"我把{what}借给了{who}" if k == 2 else f"{who}借了我的{what}"
        return text, (f"我把{what}借给了谁", f"谁借了我的{what}", f"{what}在谁那里")
    if k == 4:
        return f"我花{price}买了{what}", (f"我买{what}花了多少钱", f"{what}多少钱")
    does = verb()
    return f"我{zh.date()}要{does}{what}", (f"我什么时候{does}{what}", f"我什么时候要{does}{what}")


def _dated(mine):
    what = thing()
    when = used(zh.date() if R() < 0.5 else str(between(1, 30)) + "号", kinds.ZH_TIME)
    k = int(R() * 4)
    if k == 0:
        return f"我的生日是{when}", ("我的生日是哪天", "我的生日是什么时候")
    if k == 1:
        whose = "我" + pick(RELATIONS)
        return f"{whose}的生日是{when}", (f"{whose}的生日是哪天", f"{whose}什么时候过生日")
    if k == 2:
        return f"我的{what}{when}到期", (f"我的{what}什么时候到期", f"我的{what}哪天到期")
    return f"我{when}有{what}", (f"我什么时候有{what}", f"我哪天有{what}")


_ANY_WORD = (
    zh.thing, zh.place, zh.person, lambda: pick(ZH_VERBS), lambda: pick(ZH_QUALITIES), en.code, lambda: zh.characters(2),
)
_ENDS = ("", "什么", "多少", "哪里", "谁", "是什么", "在哪里", "怎么样")


def _scrambled(mine):
    words = [pick(_ANY_WORD)() for _ in range(between(2, 6))]
    left_out = between(0, len(words) - 1)
    kept = [word for i, word in enumerate(words) if i != left_out and R() < 0.7] or [words[0]]
    for word in kept:
        used(word, kinds.ZH_THING)
    return "".join(words), ("".join(kept) + pick(_ENDS),)


_ABOUT_PERSONS = (_lives, _reached, _likes, _put, _relation, _introduced, _dealings, _dated, _scrambled)
_SHARE_OF_THINGS = len(ABOUT_THINGS) / (len(ABOUT_THINGS) + len(_ABOUT_PERSONS))


def sentence(mine=0.0):
    """A sentence; `mine` is the share of those that the person says about themself."""
    now.words.clear()
    now.phrases.clear()
    if R() < _SHARE_OF_THINGS:
        text, questions = pick(ABOUT_THINGS)("我的" if R() < mine else "")
    else:
        text, questions = pick(_ABOUT_PERSONS)(mine)
    made = Sentence(text + ("。" if R() < 0.92 else ""), "*", chinese=True)
    made.question = lambda: (pick(questions) + "?", "x")
    return made
