"""Tools: the right one of one to eight declared functions, its arguments filled from the sentence, its result told; and JSON on request.

functions-*.txt hold functions with what people say to have them called; others are made up on the spot from random verbs, nouns and
parameters, so that only reading the declaration helps.

    ## group                      functions of a group are near misses of one another
    = name, other_name | description / another     `=?` for a function that only looks something up
    p name/other:kind!"description"; ...            `!` marks what is required; `-` for none
    u what is said, with {name} @ name=value        (zh: z) what is not said is left out
    r result => sentence                            with <name>, <#slot> for something new; without => the result is said as it is
"""
import json
import re
from pathlib import Path

from . import sessions, talk, values
from .chance import R, between, pick, reseed, shuffled
from .format import OOD, OODZH, SYSTEM, tool_call, tool_declaration, tool_result, tool_system
from .inflection import NOUN_FORMS, TRANSITIVE
from .phrases import phrase, say, slots
from .questions import slip
from .slots import FILLERS, fill
from .stock import ADJECTIVES, NUMBER_WORDS, ZH_THINGS, ZH_VERBS

_FOLDER = Path(__file__).parent

# ---------------------------------------------------------------------------------------------- kinds of values

_TASKS = [phrase(text) for text in """
[call|ring|phone|email|text|meet|pay|thank|visit|write to|ask] {person}
[call|pay|email|write to|chase|invoice] {firm}
[water the plants|feed the fish|close the windows|lock the door|back up the files|check the alarm|order paper|take out the rubbish]
[buy|order|get|pick up|bring] [milk|bread|{food}|{drink}|a {thing}|{count} {fruit}s|a birthday card|the {thing}|new batteries]
[send|print|sign|read|finish|check|scan|copy|file] the [report|contract|invoice|{file}|minutes|form|offer|letter|{thing}]
[take|move|park|wash|refuel] the {vehicle}
[clean|repair|return|test|switch off|move|lock away] the {device}
[book|cancel|confirm] the [hotel|flight|table|room|{event}]
[prepare|go to|leave for|set up] the {event}
[take my pills|do my stretches|go for a walk|drink some water|stand up|go home|pick up the kids|walk the dog|renew my passport]
[talk to the {role}|ask the {team}|update {project}|write the summary of {project}|read about {subject}]
""".strip().splitlines()]
_TASKS_ZH = [phrase(text) for text in """
[给|打电话给|联系|拜访]{person}
[买|取|带][牛奶|面包|{food}|{fruit}|{thing}]
[打印|签|检查|发送|看]{file}
[关窗|锁门|浇花|吃药|倒垃圾|交房租|喂猫|接孩子|写周报|开会|健身|遛狗]
[修|清洁|归还|关掉]{device}
[准备|参加]{event}
[付钱给|联系]{firm}
""".strip().splitlines()]
_TEXTS = [phrase(text) for text in """
[I'm running|I'll be|We are|The delivery is] [late|ten minutes late|on my way|on time|delayed|early][| today|, sorry]
[The {thing}|The {device}|The {vehicle}] [is|was] [ready|broken|back|missing|here|sold|in {place}|repaired]
[Please|Could you] [call {person}|bring the {thing}|sign the {file}|come to {room}|check the {device}|open {place}]
[Lunch is ready|The meeting is cancelled|We are out of {food}|Happy birthday|See you at {time}|All good here|The code is {code}|Thank you for everything]
[The {event}|Our {event}] [starts at {time}|is on {day}|was moved to {date}|is in {room}|is off]
[{person} called|{person} is here|{firm} wants an answer|{firm} delivered {count} boxes|{person} can't come on {day}]
[Don't forget the {thing}|Meet me in {place}|The key is in {place}|Fire drill at {time}|No hot water on {day}|Buy {food}]
""".strip().splitlines()]
_TEXTS_ZH = [phrase(text) for text in """
[我|我们][晚到十分钟|在路上|已经到了|今天请假|明天见]
[{thing}|{device}][坏了|修好了|到了|在{place}]
[会议|{event}][取消了|改到{time}|在{room}|{date}开始]
[请|麻烦][给{person}回电话|把{thing}带来|到{room}来]
[{person}来了|{firm}送货了|生日快乐|午饭好了|密码是{code}]
""".strip().splitlines()]
_QUERIES = [phrase(text) for text in """
[{subject}|{product}|{project}|{word}|{event}|{device} manual|{firm} contract|{firm} invoice|{city} office|{thing} warranty]
[{thing}|{food}|{device}] [prices|suppliers|instructions|safety|repair|list]
[contract|invoice|offer|letter|report] [from|about|for] [{firm}|{person}|{subject}|{project}]
""".strip().splitlines()]
_QUERIES_ZH = [phrase(text) for text in """
[{subject}|{product}|{project}|{event}|{device}说明书|{firm}的合同|{firm}的发票|{thing}保修|{person}的简历]
""".strip().splitlines()]
_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


class _Written:
    """A value as it stands in a sentence, and as it stands in the arguments."""

    __slots__ = ("said", "value")

    def __init__(self, said, value=None):
        self.said = said
        self.value = said if value is None else value


def _fill_in(language):
    return lambda name: fill(name, language)


_EN, _ZH = _fill_in("en"), _fill_in("zh")


def _either(english, chinese):
    return lambda zh: _Written(say(pick(chinese), _ZH) if zh else say(pick(english), _EN))


def _integer(low, high):
    def make(zh):
        k = R()
        span = high - low
        value = between(low, high) if span < 300 or k < 0.4 else low + int(span * R() ** 4)
        if not zh and 1 < value < 13 and R() < 0.35:
            return _Written(_SMALL[value], value)
        return _Written(f"{value:,}" if value > 9999 and R() < 0.4 else str(value), value)

    return make


def _decimal(low, high):
    def make(_):
        value = round(low + (high - low) * R(), pick((1, 1, 2)))
        return _Written(str(value), value)

    return make


def _choice(text):
    """`on=on/up~开|off=off~关`: the value, how English says it, how Chinese says it."""
    options = []
    for part in text.split("|"):
        value, _, said = part.partition("=")
        english, _, chinese = said.partition("~")
        english = english.split("/") if english else [value.replace("_", " ")]
        options.append((value, english, chinese.split("/") if chinese else english))

    def make(zh):
        value, english, chinese = pick(options)
        return _Written(pick(chinese if zh else english), value)

    return make, [option[0] for option in options]


def _list(slot):
    def make(zh):
        language = "zh" if zh else "en"
        found = list(dict.fromkeys(fill(slot, language) for _ in range(between(2, 4))))
        if any("," in one or " and " in one for one in found):
            found = [one.replace(",", "").replace(" and ", " ") for one in found]
        if len(found) == 1:
            return _Written(found[0], found)
        said = "、".join(found[:-1]) + "和" + found[-1] if zh else ", ".join(found[:-1]) + pick((" and ", ", and ", " and ")) + found[-1]
        return _Written(said, found)

    return make


def clock24(_):
    hour, minute = between(0, 23), pick((0, 0, 0, 15, 30, 45, between(0, 59)))
    value = f"{hour:02d}:{minute:02d}"
    k = R()
    if k < 0.5:
        return _Written(value)
    half = pick(("am", " am")) if hour < 12 else pick(("pm", " pm"))
    twelve = (hour - 1) % 12 + 1
    if minute == 0 and k < 0.85:
        return _Written(f"{twelve}{half}", value)
    return _Written(f"{twelve}:{minute:02d}{half}", value)


_MONTH_NAMES = "January February March April May June July August September October November December".split()


def _iso_date(zh):
    year, month, day = between(2024, 2031), between(1, 12), between(1, 28)
    value = f"{year}-{month:02d}-{day:02d}"
    if zh:
        return _Written(f"{year}年{month}月{day}日" if R() < 0.6 else value, value)
    name = _MONTH_NAMES[month - 1]
    return _Written(pick((value, value, f"{day} {name} {year}", f"{name} {day}, {year}", f"{day}.{month}.{year}")), value)


def _money(zh):
    cents = R() < 0.25
    value = round(between(1, 99) + between(1, 99) / 100, 2) if cents else between(2, 99) if R() < 0.5 else between(100, 9000)
    said = f"{value:,}" if R() < 0.2 else str(value)
    if zh:
        return _Written(said + pick(("元", "块", "欧元")), value)
    return _Written(said + pick((" euros", " euros", " dollars", " pounds", " EUR", " €")) if R() < 0.7 else pick("€$£") + said, value)


def _place(zh):
    said = fill("place", "zh" if zh else "en")
    return _Written(said, said[4:] if said.startswith("the ") else said)


def _expression(_):
    k = R()
    if k < 0.6:
        text = f"{between(1, 999)} {pick('+-*/')} {between(1, 99)}"
    elif k < 0.8:
        text = f"{between(1, 99)}{pick('+-*/')}{between(1, 99)}"
    else:
        text = f"({between(1, 99)} {pick('+-')} {between(1, 99)}) {pick('*/')} {between(1, 20)}"
    return _Written(text)


_KINDS = {
    "text": _either(_TEXTS, _TEXTS_ZH),
    "task": _either(_TASKS, _TASKS_ZH),
    "query": _either(_QUERIES, _QUERIES_ZH),
    "time24": clock24,
    "isodate": _iso_date,
    "amount": _money,
    "expr": _expression,
    "percentage": _integer(1, 100),
}
_TYPES = {"amount": "number", "percentage": "integer"}


def _kind(text):
    """(maker, JSON schema of the value) for `int(1,9)`, `enum(…)`, `list(person)`, `time` …"""
    name, _, inside = text.partition("(")
    inside = inside[:-1]
    if name == "int":
        return _integer(*map(int, inside.split(","))), {"type": "integer"}
    if name == "num":
        return _decimal(*map(float, inside.split(","))), {"type": "number"}
    if name == "enum":
        make, options = _choice(inside)
        return make, {"type": "string", "enum": options}
    if name == "list":
        return _list(inside), {"type": "array", "items": {"type": "string"}}
    if name == "bool":
        return lambda _: _Written("yes", True), {"type": "boolean"}
    if name in _KINDS:
        return _KINDS[name], {"type": _TYPES.get(name, "string")}
    if name not in FILLERS["en"] and name.rstrip("0123456789") not in FILLERS["en"]:
        raise ValueError(f"no such kind of value: {text}")
    if name.rstrip("0123456789") == "place":  # "in the kitchen" names the kitchen
        return _place, {"type": "string"}
    return lambda zh: _Written(fill(name, "zh" if zh else "en")), {"type": "string"}


# ---------------------------------------------------------------------------------------------- functions


class _Parameter:
    __slots__ = ("names", "make", "schema", "required", "descriptions", "path")

    def __init__(self, names, kind, required, descriptions=()):
        self.names, self.required, self.descriptions = names, required, descriptions
        self.make, self.schema = _kind(kind) if isinstance(kind, str) else kind
        if isinstance(kind, str) and kind.split("(")[0] in _FORMATS and not descriptions:
            self.descriptions = _FORMATS[kind.split("(")[0]]
        self.path = names[0].split(".")


_FORMATS = {"time24": ("HH:MM, 24 hours", "24-hour clock, HH:MM", "as HH:MM"), "isodate": ("YYYY-MM-DD", "date as YYYY-MM-DD", "ISO date")}
_PARAMETER = re.compile(r"\s*([\w./]+):(\w+(?:\([^)]*\))?)(!?)(?:\"([^\"]*)\")?\s*$")


class Function:
    """What can be declared, what people say to have it called, and what comes back."""

    def __init__(self, group, names, descriptions, looks_up):
        self.group, self.names, self.descriptions, self.looks_up = group, names, descriptions, looks_up
        self.parameters, self.said, self.said_zh, self.results = [], [], [], []

    def read_parameters(self, text):
        if text.strip() == "-":
            return
        for part in re.split(r";(?![^(]*\))", text):
            found = _PARAMETER.match(part)
            if not found:
                raise ValueError(f"{self.names[0]}: {part}")
            names, kind, required, description = found.groups()
            self.parameters.append(_Parameter(names.split("/"), kind, bool(required), tuple(description.split(" / ")) if description else ()))

    def read_said(self, text, chinese):
        text, _, fixed = text.partition(" @ ")
        constants = dict(part.split("=", 1) for part in fixed.split("; ")) if fixed else {}
        constants = {name: _constant(value) for name, value in constants.items()}
        parts = phrase(text.strip())
        (self.said_zh if chinese else self.said).append((parts, constants))
        known = {p.names[0] for p in self.parameters}
        given = set(slots(parts)) | constants.keys()
        missing = {p.names[0] for p in self.parameters if p.required} - _always(parts) - constants.keys()
        if given - known or missing:
            raise ValueError(f"{self.names[0]}: {text}: unknown {given - known}, missing {missing}")

    def read_result(self, text):
        result, arrow, sentence = text.partition(" => ")
        self.results.append((result.strip(), sentence.strip() if arrow else result.strip()))


def _always(parts):
    """The slots that every choice holds."""
    found = set()
    for part in parts:
        if type(part) is list:
            found |= set.intersection(*[_always(alternative) for alternative in part])
        elif type(part) is not str:
            found.add(str(part))
    return found


def _constant(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def _functions():
    found, group, function = [], "", None
    for path in sorted(_FOLDER.glob("functions-*.txt")):
        for line in path.read_text(encoding="utf8").splitlines():
            if line.startswith("## "):
                group = line[3:]
            elif line.startswith("="):
                head, _, described = line.partition(" | ")
                names = [name.strip() for name in head.lstrip("=?").split(",")]
                function = Function(group, names, [text.strip() for text in described.split(" / ")], line.startswith("=?"))
                found.append(function)
            elif line.startswith("p "):
                function.read_parameters(line[2:])
            elif line.startswith(("u ", "z ")):
                function.read_said(line[2:], line[0] == "z")
            elif line.startswith("r "):
                function.read_result(line[2:])
            elif line.strip():
                raise ValueError(f"{path.name}: {line}")
    return found


FUNCTIONS = _functions()
_CHINESE_FUNCTIONS = [function for function in FUNCTIONS if function.said_zh]
_GROUPS = {}
for _function in FUNCTIONS:
    _GROUPS.setdefault(_function.group, []).append(_function)


# ---------------------------------------------------------------------------------------------- declarations


def _camel(name):
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


class _Declared:
    """A function as it is declared in one conversation: its names of the day."""

    def __init__(self, function, style):
        self.function = function
        name = pick(function.names)
        k = R()
        if style == "camel":
            name = _camel(name.replace(".", "_"))
        elif style == "pascal":
            name = _camel(name.replace(".", "_"))
            name = name[0].upper() + name[1:]
        elif style == "kebab":
            name = name.replace("_", "-").replace(".", "-")
        elif style == "space":
            name = function.group.split()[0] + pick(("_", ".", "__", "-")) + name
        elif style == "opaque":
            name = pick(("fn", "tool", "action", "f", values.invented(), "cmd")) + pick(("_", "", "-")) + pick((str(between(1, 99)),
                values.invented()))
        self.name = re.sub(r"[^A-Za-z0-9_.-]", "", name) or "fn" + str(between(1, 999))
        described = function.descriptions[int(R() * len(function.descriptions))]
        if k < 0.12 and style != "opaque" and not isinstance(function, _MadeUpZh):
            described = ""
        elif k < 0.5:
            described += "." if described[-1] not in ".。" else ""
        self.description = described
        self.parameters = [
            pick(p.names) if R() < 0.45 and "." not in p.names[0] else p.names[0] for p in function.parameters
        ]
        if style in ("camel", "pascal"):
            self.parameters = [_camel(name) for name in self.parameters]

    def schema(self, with_descriptions):
        properties, required = {}, []
        for p, name in zip(self.function.parameters, self.parameters):
            schema = p.schema
            if p.descriptions and (with_descriptions or p.descriptions[0] in ("HH:MM, 24 hours", "YYYY-MM-DD")):
                schema = {**schema, "description": pick(p.descriptions)}
            if len(p.path) > 1:
                outer = properties.setdefault(p.path[0], {"type": "object", "properties": {}})
                outer["properties"][p.path[1]] = schema
                if p.required:
                    outer.setdefault("required", []).append(p.path[1])
                    if p.path[0] not in required:
                        required.append(p.path[0])
            else:
                properties[name] = schema
                if p.required:
                    required.append(name)
        found = {"type": "object", "properties": properties}
        if required:
            found["required"] = required
        return found

    def arguments(self, given):
        """From {parameter: value} in the order of the declaration."""
        found = {}
        for p, name in zip(self.function.parameters, self.parameters):
            if p.names[0] in given:
                if len(p.path) > 1:
                    found.setdefault(p.path[0], {})[p.path[1]] = given[p.names[0]]
                else:
                    found[name] = given[p.names[0]]
        return found


_STYLES = ("snake",) * 11 + ("camel",) * 3 + ("pascal", "kebab", "space", "space", "opaque")


def _declare(functions):
    """All of them in one style or each in its own, no name twice; and the lines that declare them."""
    style = pick(_STYLES) if R() < 0.8 else None
    declared, names = [], set()
    for function in functions:
        one = _Declared(function, style or pick(_STYLES))
        if one.name not in names:
            names.add(one.name)
            declared.append(one)
    with_descriptions, strict = R() < 0.5, R() < 0.3
    lines = []
    for one in declared:
        schema = one.schema(with_descriptions)
        if strict:
            schema["additionalProperties"] = False
        lines.append(tool_declaration(one.name, one.description, schema))
    return declared, lines


# ---------------------------------------------------------------------------------------------- what is said

_WRAPPED = (
    "Please {s}", "Can you {s}?", "Could you {s}?", "Could you please {s}?", "Would you {s}?", "I need you to {s}", "I'd like you to {s}",
    "Hey, {s}", "Pebble, {s}", "Now {s}", "{s}, please", "{s} please", "Hi! {s}", "OK, {s}", "Next, {s}", "I want you to {s}", "Go ahead and {s}",
    "Can you please {s}?", "Would you mind? {S}", "Good morning! {S}", "Hello Pebble. {S}", "Quickly: {s}", "{s}, will you?", "{s} thanks",
)
_WRAPPED_ZH = ("请{s}", "帮我{s}", "麻烦{s}", "请帮忙{s}", "能不能{s}？", "请你{s}", "我想让你{s}", "现在{s}")
_BEFORE_ZH = ("你好，{s}", "Pebble，{s}", "{s}，谢谢", "对了，{s}", "嗨，{s}", "那个，{s}")
_VERBS_ZH = tuple("打 关 把 让 查 帮 发 订 取 播 定 设 写 创 添 加 删 搜 找 预 登 算 翻 买 记 锁 给 在 上 下 通 提 转 改 启 停 暂 安 退 寄 叫 调 换 列 显".split())
_BEFORE = ("Hey, ", "Hi, ", "Pebble: ", "OK. ", "Hello! ", "One thing: ", "Next: ", "By the way, ", "Quick one: ", "Hi Pebble! ")
_VERBS = frozenset("""turn switch dim set make change give colour heat open close shut move put lock unlock secure arm disarm issue print block
disable register announce tell start run vacuum send let fan water charge load play put stop pause mute skip next create tune say wake alarm cancel
delete remove snooze book reserve order add buy find search look show list get fetch check call ring message text email mail write reply forward
translate calculate compute work convert copy rename upload download save scan assign close escalate raise mark track ship return refund pay transfer
approve reject submit log record enter schedule plan postpone invite share archive pin draft rate vote enrol subscribe unsubscribe reset restart back
restore export import count compare generate draw roll flip pick activate deactivate release hire fire promote report note file post publish sign
lend borrow extend renew clean repair inspect test measure weigh take bring deliver update replace notify inform remind brew dry wash iron cook lower
raise increase reduce double halve attach merge split sort group filter tag label colour store hold park tow refuel fill empty pack unpack wrap claim
block unblock ban mute kick connect disconnect link unlink pair install uninstall enable sync refresh reload compress encrypt decrypt zip""".split())


def _fitting(function, chinese):
    """One utterance: (pieces, given), the pieces being text or written values."""
    parts, constants = pick(function.said_zh if chinese else function.said)
    makers = {p.names[0]: p.make for p in function.parameters}
    given = dict(constants)
    found = {}

    def value(name):
        if name not in found:
            found[name] = makers[name](chinese)
            given[name] = found[name].value
        return "\0" + name + "\0"

    text = say(parts, value)
    if any(isinstance(v.said, str) and v.said == "" for v in found.values()):
        raise ValueError(function.names[0])
    return text, given, found


def _typed(text, found, chinese, plain=False):
    """Case, wrapping and slips outside of the values, then the values put in."""
    k = R()
    if not plain and k > 0.4:
        if chinese:
            if k < 0.6:
                is_order = text.startswith(_VERBS_ZH) and text[-1] != "？"
                text = pick(_WRAPPED_ZH if is_order and R() < 0.7 else _BEFORE_ZH).replace("{s}", text.rstrip("。？") if is_order else text.rstrip("。"))
            elif k < 0.7:
                text = text.rstrip("。？")
        elif k < 0.7 and text.split(" ", 1)[0].rstrip(":,").lower() in _VERBS and text[-1] != "?" and ":" not in text and text[0] != "\0":
            wording = pick(_WRAPPED)
            body = text.rstrip(".")
            text = wording.replace("{s}", body[0].lower() + body[1:]).replace("{S}", body)
            if text[-1] not in ".?!" and R() < 0.5:
                text += "."
            text = text[0].upper() + text[1:] if R() < 0.7 else text
        elif k < 0.76:
            text = "\0".join(piece if i % 2 else piece.lower() for i, piece in enumerate(text.split("\0")))
        elif k < 0.82:
            text = text.rstrip(".?")
        elif k < 0.87:
            text = pick(_BEFORE) + text
        elif k < 0.92:
            pieces = text.split("\0")
            pieces[0] = slip(pieces[0])
            text = "\0".join(pieces)
        elif k < 0.95:
            text = text.rstrip(".") + pick(("!", "!!", " :)", " asap", ", quickly", " now"))
    pieces = text.split("\0")
    for i in range(1, len(pieces), 2):
        said = found[pieces[i]].said
        if i == 1 and pieces[0] == "" and R() < 0.7 and said[:4] == "the ":
            said = "T" + said[1:]
        pieces[i] = said
    return "".join(pieces)


# ---------------------------------------------------------------------------------------------- results

_PLACE = re.compile(r"<(#?)([\w.]+)>")
_ERRORS = """the server does not answer|timeout|not found|permission denied|access denied|the device is offline|no connection|out of paper
|the room is taken|the room is already booked|no free slot|unknown name|no such order|no such person|invalid date|invalid code|the code is wrong
|the file is too large|the file does not exist|the disk is full|the queue is full|the budget is used up|the account is locked|the card was declined
|the battery is empty|the door is open|the quota is reached|rate limit reached|service unavailable|the address is incomplete|the item is sold out
|{person} is not in the directory|{room} does not exist|{room} is closed|{firm} has no contract|order {code} was cancelled|{file} is write-protected
|the {device} is switched off|the {device} is jammed|nobody is on duty|it is outside of opening hours|the limit is {money}|only {count} are left
|{date} is in the past|{date} is a holiday|two entries have this name|the request needs an approval|the password has expired|unknown unit
|a value is missing|the line is busy|maintenance until {time}|the licence has expired|the printer is out of toner|the vehicle is in the workshop""".replace("\n", "").split("|")
_ERRORS = [phrase(text) for text in _ERRORS]
_ERRORS_ZH = [phrase(text) for text in "找不到|没有权限|设备离线|连接超时|会议室已被预订|{person}不在名单里|{room}已关闭|余额不足|密码错误|库存不够|{date}是假期|纸用完了|订单不存在|文件太大|服务器没有响应|{file}不存在|只剩{num}个|不在营业时间".split("|")]
_DONE = ('{"ok": true}', '{"status": "ok"}', '{"success": true}', "ok", "OK", "done", "Done.", '{"result": "ok"}', '{"status": "done"}', "success",
    '{"status": "success"}', "true", "{}", "null")
_FIELDS = (
    ("name", "person"), ("phone", "phone"), ("email", "email"), ("room", "room"), ("city", "city"), ("date", "date"), ("time", "time"), ("price",
        "money"),
    ("status", "word"), ("count", "num"), ("code", "code"), ("firm", "firm"), ("address", "address"), ("product", "product"), ("color", "color"),
    ("due_date", "date"), ("order_number", "code"), ("contact", "person"), ("opening_time", "time"), ("stock", "num"), ("owner",
        "person"), ("floor", "num"),
    ("serial_number", "code"), ("deliveryDay", "day"), ("license_plate", "plate"), ("department", "department"), ("weight", "weight"), ("language",
        "language"),
)


def _written_result(text, given, found, chinese):
    """A result and its sentence with the values put in; a value is the same in both."""
    new = {}
    language = "zh" if chinese else "en"

    def value(match):
        if not match[1]:
            name = match[2]
            if name in found:
                return found[name].said if not isinstance(given[name], (int, float)) else str(given[name])
            if name in given:
                return str(given[name])
            raise KeyError(name)
        name = match[2]
        if name not in new:
            base = name.rstrip("0123456789")
            if base == "temp":
                new[name] = str(between(-12, 38))
            elif base == "int":
                new[name] = str(between(2, 950))
            elif base in _KINDS:
                new[name] = str(_KINDS[base](chinese).value)
            else:
                new[name] = fill(base, language)
        return new[name]

    return _PLACE.sub(value, text.replace(" => ", "\1"))


def _result(function, given, found, chinese):
    """(result, what is said about it)."""
    k = R()
    if k < 0.13:
        message = say(pick(_ERRORS_ZH), _ZH) if chinese else say(pick(_ERRORS), _EN)
        result = pick((
            lambda: {"error": message}, lambda: {"error": message}, lambda: {"ok": False, "message": message}, lambda: {"status": "failed",
                "reason": message},
            lambda: {"success": False, "error": message}, lambda: {"error": {"message": message}}, lambda: None,
        ))()
        text = json.dumps(result, ensure_ascii=False) if result else ("错误:" if chinese else pick(("Error: ", "error: ", "Failed: "))) + message
        return text, f"没有成功:{message}。" if chinese else f"That didn't work: {message}."
    usable = [(r, s) for r, s in function.results if all(not m[0] and m[1] in given or m[0] for m in _PLACE.findall(r + s))] if not chinese else []
    if usable and k < 0.7:
        result, sentence = pick(usable)
        both = _written_result(result + "\1" + sentence, given, found, chinese)
        result, _, sentence = both.partition("\1")
        if result[0] == "{" and '"' in both:
            result = _checked_json(result)
        return result, sentence[0].upper() + sentence[1:]
    if function.looks_up or R() < 0.35:
        return _fields(chinese)
    return pick(_DONE), "已完成。" if chinese else "Done."


def _checked_json(text):
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(value, ensure_ascii=False) if R() < 0.6 else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _human(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _fields(chinese):
    """A result of any shape: its text, or its values under their names."""
    language = "zh" if chinese else "en"
    k = R()
    if k < 0.25:
        text = say(pick(_TEXTS_ZH), _ZH) + "。" if chinese else say(pick(_TEXTS), _EN) + "."
        key = pick(("message", "text", "result", "answer", "summary", "output"))
        return (json.dumps({key: text}, ensure_ascii=False) if R() < 0.5 else text), text
    if k < 0.4:
        slot = pick(("person", "firm", "product", "room", "file", "project", "city"))
        found = list(dict.fromkeys(fill(slot, language) for _ in range(between(0, 4))))
        key = pick(("results", "items", "entries", "list", "data", "found"))
        text = json.dumps({key: found} if R() < 0.6 else found, ensure_ascii=False)
        if not found:
            return text, "什么也没有找到。" if chinese else "Nothing was found."
        said = ("、".join(found) + "。") if chinese else ", ".join(found[:-1]) + (" and " if len(found) > 1 else "") + found[-1] + "."
        return text, said[0].upper() + said[1:]
    pairs = shuffled(_FIELDS)[: between(1, 4)]
    found = {name: fill(slot, language) for name, slot in pairs}
    text = json.dumps(found, ensure_ascii=False)
    if chinese:
        return text, ",".join(f"{_human(name)}:{value}" for name, value in found.items()) + "。"
    said = ", ".join(f"{_human(name)}: {value}" for name, value in found.items()) + "."
    return text, said[0].upper() + said[1:]


# ---------------------------------------------------------------------------------------------- functions made up

_SYNONYMS = [line.split() for line in """delete remove erase discard
create make add set_up
show display list present
send forward dispatch transmit
find search locate look_up
change update modify edit
start launch begin run
stop halt end quit
check inspect verify examine
book reserve
buy order purchase
repair fix mend
close shut
move transfer relocate
copy duplicate
count tally
cancel call_off
print output
save store keep
lock secure
share distribute
rate score grade
rename relabel
join merge combine
split divide separate
clean wash scrub
report announce declare
request demand ask_for
approve accept confirm
reject decline refuse
open unlock
measure gauge
lend loan
pack wrap
load fill
empty drain
sort order_by arrange
archive shelve
activate enable switch_on
deactivate disable switch_off
test try_out
paint colour
sign initial
scan digitise
label tag mark
assign allot give_out
schedule plan
weigh balance
rent hire
return give_back
""".splitlines()]
_SYNONYMS = [[word.replace("_", " ") for word in line] for line in _SYNONYMS if line]
_CLASS_OF = {verb: verbs[0] for verbs in _SYNONYMS for verb in verbs}
# parameter names; kind of value; how the sentence says it; description
_SAID_PARAMETERS = [
    (("person", "employee", "for_whom", "customer", "owner", "user"), "person", ("for {v}", "for {v}", "on behalf of {v}"), "who it is for"),
    (("sender", "from_person", "author"), "person", ("from {v}", "sent by {v}", "by {v}"), "who it comes from"),
    (("recipient", "to", "receiver"), "person", ("to {v}", "addressed to {v}"), "who gets it"),
    (("date", "on", "when", "day"), "date", ("on {v}", "for {v}", "on {v}"), "the day"),
    (("weekday", "day_of_week"), "day", ("on {v}", "next {v}", "this {v}"), "day of the week"),
    (("time", "at", "start_time"), "time", ("at {v}", "starting at {v}"), "time of day"),
    (("deadline", "until", "due"), "date", ("until {v}", "by {v}", "before {v}"), "latest date"),
    (("room", "location", "place"), "room", ("in {v}", "from {v}"), "where it is"),
    (("city", "town", "destination"), "city", ("in {v}", "at the {v} office"), "city"),
    (("quantity", "count", "copies", "amount"), "int(2,60)", ("{v} times", "{v} times", "with a quantity of {v}"), "how many"),
    (("minutes", "duration_minutes", "length"), "int(2,240)", ("for {v} minutes", "lasting {v} minutes"), "in minutes"),
    (("price", "cost", "budget", "limit"), "amount", ("for {v}", "with a budget of {v}", "at {v}"), "in the local currency"),
    (("percent", "level", "share"), "int(1,100)", ("at {v} percent", "to {v} percent", "at {v}%"), "0 to 100"),
    (("id", "number", "reference", "code", "key"), "code", ("with the number {v}", "number {v}", "with ID {v}", "{v}"), "its number"),
    (("name", "title", "label"), "word", ("called {v}", "named {v}", "with the name {v}", "titled {v}"), "its name"),
    (("color", "colour"), "color", ("in {v}", "with the colour {v}"), "colour"),
    (("priority", "urgency"), "enum(low|normal|high|urgent)", ("with {v} priority", "at {v} priority", "with priority {v}"), "how urgent it is"),
    (("size", "format"), "enum(small|medium|large)", ("in {v}", "in size {v}", "in the {v} size"), "size"),
    (("email", "mail", "notify"), "email", ("to {v}", "and mail it to {v}", "with {v} as contact"), "email address"),
    (("phone", "tel", "callback"), "phone", ("with the phone number {v}", "reachable on {v}"), "phone number"),
    (("note", "comment", "message", "text", "remark"), "text", ('with the note "{v}"', 'saying "{v}"', 'with the comment "{v}"'), "free text"),
    (("reason", "why"), "task", ("in order to {v}", "to {v}"), "what for"),
    (("language", "lang"), "language", ("in {v}", "written in {v}"), "language"),
    (("file", "document", "path"), "file", ("from {v}", "with {v}", "using {v}"), "file name"),
    (("firm", "supplier", "vendor", "client"), "firm", ("with {v}", "from {v}", "through {v}"), "company"),
    (("project", "case"), "project", ("for the project {v}", "under {v}"), "project"),
    (("participants", "people", "members"), "list(person)", ("with {v}", "together with {v}"), "who takes part"),
    (("items", "things", "parts"), "list(thing)", ("with {v}", "including {v}"), "what belongs to it"),
    (("plate", "vehicle"), "plate", ("for {v}", "with the plate {v}"), "licence plate"),
    (("iso_date", "day"), "isodate", ("on {v}", "for {v}"), "YYYY-MM-DD"),
    (("clock", "starts_at"), "time24", ("at {v}", "from {v}"), "HH:MM, 24 hours"),
    (("weight_kg", "kilos"), "num(0.2,80)", ("weighing {v} kg", "of {v} kilos"), "weight in kg"),
    (("distance_km", "kilometres"), "num(0.5,900)", ("over {v} km", "within {v} kilometres"), "in km"),
    (("team", "group", "department"), "team", ("for the {v}", "of the {v}"), "team"),
    (("url", "link"), "url", ("at {v}", "with the link {v}"), "web address"),
    (("address", "street"), "address", ("at {v}", "to {v}"), "street address"),
]
_FLAGS = [
    (("urgent", "express", "rush"), "urgently|as soon as possible|at once", True), (("silent", "quiet"), "silently|without a sound|quietly", True),
    (("notify_all", "broadcast"), "and tell everyone|and let everybody know", True), (("dry_run", "test_only"), "as a test only|just as a trial",
        True),
    (("recursive", "all"), "including everything inside|completely", True), (("confirm", "ask_first"), "without asking|without confirmation", False),
    (("public", "visible"), "publicly|for everyone to see", True), (("notify", "send_mail"), "without telling anybody|without a mail", False),
    (("overwrite", "replace"), "replacing the old one|overwriting what is there", True), (("draft", "temporary"), "as a draft|for the time being",
        True),
]
_PARAMETERS_MADE = [(_Parameter(list(names), kind, True, (described,)), [phrase(text.replace("{v}", "{0}")) for text in said]) for names, kind,
    said, described in _SAID_PARAMETERS]
_OUTER_PARAMETER = ("code", "word", "int(1,999)", "color", "word", "person", "num(0.1,99)")


class _MadeUp(Function):
    """A function nobody has heard of, with what is said to it put together from its parameters."""

    def __init__(self, verbs=None, noun=None):
        k = R()
        if verbs is None:
            verbs = pick(_SYNONYMS) if k < 0.5 else [pick(TRANSITIVE)[0]] if k < 0.92 else [values.invented()]
        self.verbs = verbs
        if noun is None:
            k = R()
            noun = pick(NOUN_FORMS)[0] if k < 0.55 else pick(NOUN_FORMS)[0] + " " + pick(NOUN_FORMS)[0] if k < 0.75 else values.invented() if k < 0.9 else pick(ADJECTIVES) + " " + pick(NOUN_FORMS)[0]
        self.noun = noun
        verb = verbs[0]
        base = (verb + " " + noun).replace(" ", "_").replace("-", "_").replace("'", "")
        base = base if base.isascii() else verb.replace(" ", "_") + "_item"
        nouns_first = noun.replace(" ", "_") + "_" + verb.replace(" ", "_")
        names = [base, base, base, nouns_first if nouns_first.isascii() else base]
        article = "an" if noun[0] in "aeiou" else "a"
        described = [f"{cap(verb)} {article} {noun}", f"{cap(pick(verbs))} {article} {noun}", f"{cap(verb)} the {noun}",
            f"Use this to {verb} {article} {noun}"]
        super().__init__("made", names, described, False)
        chosen = shuffled(_PARAMETERS_MADE)[: pick((0, 1, 1, 2, 2, 2, 3, 3, 4))]
        kinds, seen = [], set()
        for parameter, said in chosen:
            own = pick(parameter.names)
            if own in seen or own.split("_")[0] in {k.split("_")[0] for k in seen}:
                continue
            seen.add(own)
            one = _Parameter([own], (parameter.make, parameter.schema), R() < 0.6, parameter.descriptions)
            kinds.append((one, said))
        self.kinds = kinds
        self.parameters = [one for one, _ in kinds]
        if R() < 0.25:
            name = pick(NOUN_FORMS)[0]
            if name.isascii() and name.isalpha() and name not in seen:
                one = _Parameter([name], pick(_OUTER_PARAMETER), R() < 0.5, (f"the {name}",))
                self.parameters.append(one)
                self.kinds.append((one, [phrase(t) for t in (f"with {name} {{0}}", f"with the {name} {{0}}", f"with {{0}} as {name}",
                    f", {name} {{0}}", f"({name}: {{0}})")]))
        if R() < 0.25:
            names_, said, value = pick(_FLAGS)
            one = _Parameter([pick(names_)], "bool", False)
            self.parameters.append(one)
            self.kinds.append((one, (said.split("|"), value)))

    def fitting(self):
        """(text with places for values, given, found)."""
        given, found = {}, {}
        verb = pick(self.verbs) if R() < 0.45 else self.verbs[0]
        k = R()
        the = pick(("the ", "the ", "a " if self.noun[0] not in "aeiou" else "an ", "my ", "our "))
        text = cap(verb) + " " + the + self.noun
        tail = []
        for one, said in self.kinds:
            if not one.required and R() < 0.45:
                continue
            name = one.names[0]
            if isinstance(said, tuple):
                given[name] = said[1]
                tail.append(pick(said[0]))
                continue
            found[name] = one.make(False)
            given[name] = found[name].value
            tail.append(say(pick(said), lambda _: "\0" + name + "\0"))
        tail = shuffled(tail)
        last = [t for t in tail if t.endswith('"')]
        tail = [t for t in tail if not t.endswith('"')] + last
        if tail and k < 0.08 and not tail[0].startswith((",", "(")):
            text = cap(tail[0]) + ", " + text[0].lower() + text[1:]
            tail = tail[1:]
        for t in tail:
            text += t if t[0] == "," else " " + t
        return text + ("." if text[-1] not in '")' or R() < 0.5 else ""), given, found


def cap(text):
    return text[:1].upper() + text[1:]


class _MadeUpZh(Function):
    """The same in Chinese: a verb and a thing, with a few parameters said in short clauses."""

    _PARTS = (
        (("person", "who"), "person", ("给{0}", "交给{0}"), "给谁"), (("time", "at"), "time", ("时间是{0}", "{0}开始"), "时间"), (("date", "day"), "date",
            ("日期{0}", "{0}那天"), "日期"),
        (("room", "location"), "room", ("在{0}", "地点{0}"), "地点"), (("code", "number", "id"), "code", ("编号{0}", "号码是{0}"), "编号"), (("count",
            "quantity"), "int(2,60)", ("数量{0}", "一共{0}个"), "数量"),
        (("price", "budget"), "amount", ("预算{0}", "价格{0}"), "金额"), (("note", "text"), "text", ("备注：{0}", "内容是“{0}”"), "备注"), (("firm", "supplier"),
            "firm", ("供应商是{0}", "找{0}"), "公司"),
        (("color",), "color", ("颜色{0}", "要{0}的"), "颜色"), (("level", "percent"), "int(1,100)", ("调到{0}%", "百分之{0}"), "百分比"),
    )

    def __init__(self):
        self.verb, self.noun = pick(ZH_VERBS), pick(ZH_THINGS)
        name = values.letters(between(3, 6), values.LOWER) if R() < 0.5 else pick(TRANSITIVE)[0] + "_" + pick(NOUN_FORMS)[0].replace(" ", "_")
        super().__init__("made", [name if name.isascii() else "run"], [self.verb + self.noun], False)
        chosen = shuffled(self._PARTS)[: pick((0, 1, 1, 2, 2, 3))]
        self.kinds = [(_Parameter([pick(names)], kind, R() < 0.6, (described,)), said) for names, kind, said, described in chosen]
        self.parameters = [one for one, _ in self.kinds]

    def fitting(self):
        given, found, text = {}, {}, self.verb + pick(("", "一下")) + self.noun
        for one, said in self.kinds:
            if not one.required and R() < 0.4:
                continue
            name = one.names[0]
            found[name] = one.make(True)
            given[name] = found[name].value
            text += "，" + pick(said).replace("{0}", "\0" + name + "\0")
        return text + pick(("。", "", "。")), given, found


# ---------------------------------------------------------------------------------------------- conversations


def _said(function, chinese):
    """(text, given, found) before it is typed."""
    if isinstance(function, (_MadeUp, _MadeUpZh)):
        return function.fitting()
    return _fitting(function, chinese)


def _declared_set(chinese):
    """Functions to declare: near misses of the one that will be called, and others."""
    k = R()
    count = pick((1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8))
    if k < 0.4:
        if chinese:
            return shuffled([_MadeUpZh() for _ in range(count)])
        one = _MadeUp()
        found = [one]
        for _ in range(count - 1):
            k = R()
            if k < 0.35:
                found.append(_MadeUp(noun=one.noun))
            elif k < 0.5:
                found.append(_MadeUp(verbs=one.verbs))
            else:
                found.append(_MadeUp() if k < 0.8 else pick(FUNCTIONS))
        return shuffled(_without_alike(found))
    one = pick(_CHINESE_FUNCTIONS if chinese else FUNCTIONS)
    found = [one]
    siblings = _GROUPS[one.group]
    for _ in range(count - 1):
        k = R()
        found.append(pick(siblings) if k < 0.5 else pick(FUNCTIONS) if k < 0.9 or chinese else _MadeUp())
    return shuffled(list(dict.fromkeys(found)))


def _without_alike(functions):
    """No two with the same verb (or one of its synonyms) and the same noun."""
    found, seen = [], set()
    for function in functions:
        key = (_CLASS_OF.get(function.verbs[0], function.verbs[0]), function.noun) if isinstance(function, _MadeUp) else function.names[0]
        if key not in seen:
            seen.add(key)
            found.append(function)
    return found


def _callable(declared, chinese):
    """Those that can be asked for in this language."""
    if not chinese:
        return [one for one in declared if not isinstance(one.function, _MadeUpZh)]
    return [one for one in declared if one.function.said_zh or isinstance(one.function, _MadeUpZh)]


def _call_turn(declared, chinese, messages):
    """Asked for something, called, and now and then the result told. Two at once where two are asked for."""
    usable = _callable(declared, chinese)
    if not usable:
        return False
    one = pick(usable)
    text, given, found = _said(one.function, chinese)
    calls = [(one, given, found)]
    if R() < 0.16 and not chinese:
        other = pick(usable)
        text2, given2, found2 = _said(other.function, chinese)
        if text[-1] != "?" and text2[-1] != "?" and (other is not one or given2 != given):
            first = _typed(text.rstrip("."), found, chinese, True)
            second = _typed(text2, found2, chinese, True)
            glue = pick((" and ", " and ", " and then ", ", then ", ". Also, ", ". And ", " and also ", "; "))
            small = not second.startswith(("I ", "I'", "\0")) and second.split(" ")[0].rstrip(":,").lower() in _VERBS
            said = first + glue + (second[0].lower() + second[1:] if small else second)
            calls.append((other, given2, found2))
        else:
            said = _typed(text, found, chinese)
    elif R() < 0.06 and chinese:
        other = pick(usable)
        text2, given2, found2 = _said(other.function, chinese)
        said = _typed(text.rstrip("。？"), found, chinese, True) + pick(("，然后", "，再", "，还有，")) + _typed(text2, found2, chinese, True)
        calls.append((other, given2, found2))
    else:
        said = _typed(text, found, chinese)
    if R() < 0.07:
        said = talk.beside_context(said, chinese)
    messages += [("user", said), ("assistant", "\n".join(tool_call(c.name, c.arguments(g)) for c, g, _ in calls))]
    if R() < 0.45:
        answers = []
        for c, g, f in calls:
            result, sentence = _result(c.function, g, f, chinese)
            messages.append(("user", tool_result(result)))
            answers.append(sentence)
        messages.append(("assistant", ("" if chinese else " ").join(answers)))
        if R() < 0.05:
            said, answered = talk.again_turn(messages[-1][1])
            messages += [("user", said), ("assistant", answered)]
    return True


_TOPICAL = frozenset("weather timers translation calculator search media writing knowledge news".split())


def _plain_turn(declared, chinese, messages):
    """Nothing for a tool: it is answered, remembered, or declined as usual."""
    k = R()
    groups = {one.function.group for one in declared}
    if k < 0.36:
        said, answered = talk.chat_turn(chinese, clock=False)
    elif k < 0.5:
        chat = sessions.Chat(chinese)
        chat.context_turn()
        messages += chat.messages
        return
    elif k < 0.62:
        chat = sessions.Chat(chinese)
        chat.tell()
        if chat.facts and R() < 0.5:
            chat.ask()
        messages += chat.messages
        return
    elif k < 0.75 and not groups & _TOPICAL and len(declared) < 9:
        said, answered = _not_offered(groups, chinese)
    elif k < 0.9 and not groups & _TOPICAL:
        said, answered = talk.ood_turn(chinese)
    else:
        said, answered = talk.echo_turn(chinese)
    messages += [("user", said), ("assistant", answered)]


def _not_offered(groups, chinese):
    """An order for which no function is declared."""
    for _ in range(9):
        function = pick(_CHINESE_FUNCTIONS if chinese else FUNCTIONS)
        if function.group not in groups and not function.looks_up:
            text, _, found = _fitting(function, chinese)
            if chinese or text.split(" ", 1)[0].lower() in _VERBS:
                return _typed(text, found, chinese), OODZH if chinese else OOD
    return talk.ood_turn(chinese)


# ---------------------------------------------------------------------------------------------- JSON on request

_JSON_SYSTEMS = (
    "Answer as JSON with the keys {keys}.", "Answer only with JSON. Keys: {keys}.", "Reply with a JSON object that has the keys {keys}.",
    "Extract {keys} from the message and answer as JSON.", "You extract data. Output JSON with {keys} and nothing else.",
    "Return a JSON object with these fields: {keys}.", "Read the message and fill in this JSON: {shape}", "Answer in this JSON format: {shape}",
    "Respond with JSON that fits this schema: {schema}", "JSON schema of your answer: {schema}", "Output must match the schema {schema}",
    "You are a form filler. The form is {shape}. Answer with JSON only.", "Convert what the user says to JSON ({keys}).",
    "Use the following JSON schema.\n{schema}", "Answer with JSON according to this schema:\n{schema}\nNo other text.",
)
_JSON_ASKED = (
    "{s}\n\nAnswer as JSON with the keys {keys}.", "Extract {keys} as JSON: {s}", "Turn this into JSON with the keys {keys}: {s}", "As JSON ({keys}): {s}",
    "Give me JSON with {keys} for this message: {s}", "Fill in {shape} from this: {s}", "{s}\nJSON, please: {shape}", "Parse this into {shape}:\n{s}",
    "Answer only with JSON matching {schema}\n\n{s}", "Read this and return JSON with {keys}:\n\"{s}\"", "Which {keys} does this mention? Answer as JSON. {s}",
)
_JSON_BARE = ("Extract the data as JSON: {s}", "Fill in the form: {s}", "As JSON: {s}", "Turn this into JSON: {s}", "Convert to JSON: {s}")


def _shape(declared):
    shape = {}
    for p, name in zip(declared.function.parameters, declared.parameters):
        kind = "|".join(p.schema["enum"]) if "enum" in p.schema else p.schema["type"]
        if len(p.path) > 1:
            shape.setdefault(p.path[0], {})[p.path[1]] = kind
        else:
            shape[name] = kind
    return shape


def _json_turn(chinese):
    """(system text or "", user, JSON): the fields are those of a function."""
    while True:
        function = _MadeUp() if R() < 0.45 and not chinese else pick(_CHINESE_FUNCTIONS if chinese else FUNCTIONS)
        if not function.parameters:
            continue
        text, given, found = _said(function, chinese)
        if not given or (len(given) < len(function.parameters) and R() < 0.7):
            continue
        break
    one = _Declared(function, pick(("snake", "snake", "camel")))
    arguments = one.arguments(given)
    said = _typed(text, found, chinese, True)
    names = list(_shape(one))
    if R() < 0.5:
        names = [name for name in names if name in arguments]
        keys_only = True
    else:
        keys_only = False
    keys = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
    if R() < 0.3:
        keys = ", ".join(f'"{name}"' for name in names)
    if keys_only:
        shape = {name: kind for name, kind in _shape(one).items() if name in arguments}
        schema = one.schema(False)
        schema = {**schema, "properties": {name: s for name, s in schema["properties"].items() if name in arguments}}
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if name in arguments]
        answered = arguments
    else:
        shape, schema = _shape(one), one.schema(R() < 0.4)
        answered = arguments
    k = R()
    if k < 0.55:
        wording = pick(_JSON_SYSTEMS)
        system, user = wording, said
    elif k < 0.94:
        system, user = "", pick(_JSON_ASKED).replace("{s}", said)
    else:
        system, user = "", pick(_JSON_BARE).replace("{s}", said)
    if not keys_only and ("{keys}" in system or "{keys}" in user or "{shape}" in system or "{shape}" in user) and len(arguments) < len(shape):
        answered = {name: arguments.get(name) for name in shape}
    fill_in = lambda text: text.replace("{keys}", keys).replace("{shape}", json.dumps(shape, ensure_ascii=False)).replace("{schema}",
        json.dumps(schema, ensure_ascii=False))
    return fill_in(system), fill_in(user), json.dumps(answered, ensure_ascii=False, separators=(",", ":"))


def _json_conversation():
    chinese = R() < 0.15
    system, user, answered = _json_turn(chinese)
    if system and R() < 0.4:
        system = pick((SYSTEM, "You are a helpful assistant.", "You are Pebble.")) + pick((" ", "\n", "\n\n")) + system
    return talk.with_system(system or talk.system(), [("user", user), ("assistant", answered)])


def conversation(rng):
    """Declared functions and one to four turns, or JSON on request."""
    reseed(rng)
    if R() < 0.14:
        return _json_conversation()
    chinese = R() < 0.18
    declared, lines = _declare(_declared_set(chinese))
    messages = []
    for _ in range(pick((1, 1, 1, 2, 2, 3, 4))):
        if R() < 0.78:
            if not _call_turn(declared, chinese, messages):
                _plain_turn(declared, chinese, messages)
        else:
            _plain_turn(declared, chinese, messages)
    if not messages:
        return conversation(rng)
    return [("system", tool_system(talk.system(), lines)), *messages]
