"""Short lists in one entry: opening hours by day, prices, extensions, menus ("Monday: 8–17; Tuesday: closed"), and what belongs to something."""
from . import labels
from .chance import R, between, pick, shuffled
from .context import unknown
from .distractors import distractors
from .asked import from_families
from .format import cite, document_label, with_context
from .questions import typed
from .slots import fill
from .stock import FOODS, WEEKDAYS

_ZH_DAYS = "周一 周二 周三 周四 周五 周六 周日".split()


def _hours():
    if R() < 0.2:
        return pick(("closed", "closed", "by appointment", "no consultation"))
    style = pick(("{a}:00–{b}:30", "{a}:00-{b}:00", "{a} to {b}", "{a}:30 – {b}:00", "{a} am – {c} pm", "{a}.00–{b}.00"))
    a, b = between(6, 11), between(13, 22)
    return style.format(a=a, b=b, c=b - 12)


def _zh_hours():
    return "休息" if R() < 0.2 else f"{between(6, 11)}:{pick(('00', '30'))}–{between(13, 22)}:{pick(('00', '30'))}"


# what the keys are, what a value is, headings, what asks for the value of {k}
_LISTS = (
    (lambda: list(WEEKDAYS), _hours, ("Opening hours", "Hours", "Library hours", "Reception", "Surgery hours", "Office hours", "We are open"),
     ("How late are you open on {k}?", "When do you open on {k}?", "What are the hours on {k}?", "Is it open on {k}?", "{k} hours?", "When can I come on {k}?",
      "How long are you open on {k}?", "From when is it open on {k}?", "At what time does it close on {k}?")),
    (lambda: list(WEEKDAYS), lambda: fill("food", "en"), ("Menu", "This week's lunch", "Canteen", "Dinner plan"),
     ("Which meal is it on {k}?", "What's for lunch on {k}?", "What do we eat on {k}?", "What is on the menu on {k}?", "{k} menu?", "Which dish is served on {k}?")),
    (lambda: list(WEEKDAYS), lambda: fill("person", "en"), ("Rota", "Shifts", "On call", "Kitchen duty", "Opening up"),
     ("Who is on call on {k}?", "Whose turn is it on {k}?", "Who is on duty on {k}?", "Who does it on {k}?", "Who works on {k}?", "{k} who?")),
    (lambda: [fill("place", "en").removeprefix("the ").capitalize() for _ in range(8)], lambda: fill("num", "en"), ("Extensions", "Phone list", "Internal numbers", "Dial"),
     ("What is the extension of the {l}?", "Which number do I dial for the {l}?", "How do I call the {l}?", "{l} extension?", "What's the number of the {l}?")),
    (lambda: [fill("thing", "en").capitalize() for _ in range(8)], lambda: fill("money", "en"), ("Prices", "Price list", "Fees", "Charges", "Hire"),
     ("What does the {l} cost?", "How much is the {l}?", "What is the price of the {l}?", "{l} price?", "How much do you charge for the {l}?")),
    (lambda: [fill("thing", "en").capitalize() for _ in range(8)], lambda: fill("room", "en"), ("Where things are", "Storage", "Cupboards", "Locations"),
     ("Where is the {l}?", "Where do I find the {l}?", "In which room is the {l}?", "Where do we keep the {l}?", "{l}?")),
    (lambda: [fill("first", "en") for _ in range(8)], lambda: fill("thing", "en"), ("Who brings what", "Tasks", "Presents", "Shopping"),
     ("What does {k} bring?", "What is {k} bringing?", "What is {k}'s part?", "What do we get from {k}?", "{k}?")),
    (lambda: [fill("city", "en") for _ in range(8)], lambda: fill("person", "en"), ("Branches", "Managers", "Sites", "Representatives"),
     ("Who is our person in {k}?", "Who runs {k}?", "Whom do we have in {k}?", "Who is in charge in {k}?")),
)
_ZH_LISTS = (
    (lambda: list(_ZH_DAYS), _zh_hours, ("营业时间", "开放时间", "接待时间"), ("{k}开到几点？", "{k}几点开门？", "{k}营业吗？", "{k}的时间是？")),
    (lambda: list(_ZH_DAYS), lambda: fill("food", "zh"), ("菜单", "本周午餐", "食堂"), ("{k}吃什么？", "{k}供应什么？", "{k}有什么菜？")),
    (lambda: list(_ZH_DAYS), lambda: fill("person", "zh"), ("值班表", "排班", "轮值"), ("{k}谁值班？", "{k}轮到谁？", "{k}是谁？")),
    (lambda: [fill("place", "zh") for _ in range(8)], lambda: fill("num", "zh"), ("分机", "内线电话"), ("{k}的分机是多少？", "{k}怎么打？", "打哪个号找{k}？")),
    (lambda: [fill("thing", "zh") for _ in range(8)], lambda: fill("money", "zh"), ("价目", "收费", "租金"), ("{k}多少钱？", "{k}的价格？", "{k}怎么收费？")),
)


def _pairs(make_keys, make_value, ordered):
    keys = list(dict.fromkeys(make_keys()))
    keys = [key for key in keys if not any(key != other and key.lower() in other.lower() for other in keys)]
    count = min(len(keys), between(2, 7))
    first = between(0, len(keys) - count)
    return [(key, make_value()) for key in (keys[first : first + count] if ordered else shuffled(keys)[:count])]


def _keyed(chinese):
    """(text, question, the part that answers or None)."""
    make_keys, make_value, headings, asks = pick(_ZH_LISTS if chinese else _LISTS)
    pairs = _pairs(make_keys, make_value, True)
    if chinese:
        colon, glue, end = pick((":", "：")), pick(("；", ";", "，", " ")), pick(("", "。"))
    else:
        colon, glue, end = pick((": ", ": ", ": ", " – ", " = ")), pick(("; ", "; ", ", ", " | ", " / ", ". ")), pick(("", "", "."))
    parts = [key + colon + value for key, value in pairs]
    if any(part in other for part in parts for other in parts if part is not other):
        return _keyed(chinese)
    head = pick(headings) + (pick((":", "：")) if chinese else ": ") if R() < 0.5 else ""
    text = head + glue.join(parts) + end
    if R() < 0.15:
        absent = [key for key in make_keys() if all(key.lower() not in part.lower() for part in parts)]
        if absent:
            return text, _asking(asks, pick(absent)), None
    i = between(0, len(pairs) - 1)
    return text, _asking(asks, pairs[i][0]), parts[i]


def _asking(asks, key):
    question = pick(asks).replace("{k}", key).replace("{l}", key[0].lower() + key[1:])
    return question[0].upper() + question[1:]


_BELONG = (
    ("Contents of {x}: {l}", ("What is in {x}?", "What are the contents of {x}?", "What does {x} contain?", "What belongs in {x}?", "list the contents of {x}")),
    ("For {x} you need: {l}", ("What do I need for {x}?", "What does {x} take?", "What is needed for {x}?", "What must I have ready for {x}?")),
    ("{X}: {l}", ("What belongs to {x}?", "What is part of {x}?", "What do we have for {x}?", "{x}?")),
    ("Please bring for {x}: {l}", ("What should I bring for {x}?", "What do I have to bring for {x}?", "What do I take along for {x}?")),
    ("Included in {x}: {l}", ("What is included in {x}?", "What comes with {x}?", "What do I get with {x}?")),
    ("Forbidden in {x}: {l}", ("What is forbidden in {x}?", "What may I not bring into {x}?", "What is not allowed in {x}?")),
)
_ZH_BELONG = (
    ("{x}里有：{l}", ("{x}里有什么？", "{x}包括哪些东西？")), ("{x}需要带：{l}", ("{x}要带什么？", "{x}需要带哪些东西？")),
    ("{x}所需材料：{l}", ("{x}需要哪些材料？", "{x}要准备什么？")), ("{x}禁止携带：{l}", ("{x}不能带什么？", "{x}禁止带哪些东西？")),
)


def _belonging(chinese):
    language = "zh" if chinese else "en"
    text, asks = pick(_ZH_BELONG if chinese else _BELONG)
    subject = fill(pick(("thing", "event", "device", "place")), language)
    if not chinese and not subject.startswith("the "):
        subject = "the " + subject
    things = list(dict.fromkeys(fill("thing", language) if R() < 0.8 or chinese else pick(FOODS) for _ in range(between(2, 6))))
    k = R()
    if chinese:
        listed = "、".join(things) + pick(("", "。")) if k < 0.6 else "".join(f"{i}. {thing} " for i, thing in enumerate(things, 1)).strip()
    elif k < 0.4:
        listed = ", ".join(things) + pick(("", "."))
    elif k < 0.7:
        listed = " ".join(f"{i}. {thing}" for i, thing in enumerate(things, 1))
    else:
        mark = pick(("- ", "* ", "• "))
        listed = " ".join(mark + thing for thing in things)
    text = text.replace("{x}", subject).replace("{X}", subject[0].upper() + subject[1:]).replace("{l}", listed)
    question = pick(asks).replace("{x}", subject)
    return text, question[0].upper() + question[1:], text


def turn(chinese):
    """(question with its entries, answer, None)."""
    text, question, wanted = _keyed(chinese) if R() < 0.65 else _belonging(chinese)
    name = labels.file_name(chinese)
    label = document_label(name, between(1, 30) if R() < 0.5 else None)
    made = [(label, text)]
    for line in distractors(from_families(chinese), pick((0, 0, 1, 2, 3, 4))):
        made.append((labels.document(None, chinese) if R() < 0.6 else labels.memory(), line.text))
    made = shuffled(made)
    number = [entry[1] for entry in made].index(text) + 1
    answer = unknown(chinese) if wanted is None else cite(wanted, number)
    return with_context(made, typed(question, chinese)), answer, None
