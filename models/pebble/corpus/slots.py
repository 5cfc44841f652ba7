"""Values for the typed slots of families and tools: `fill("person", "en")`. The types are those that families/README.md names.

Every type draws from a list and from invented values, so that nothing can be learnt by heart.
"""
from . import alphabets
from . import slot_values as given
from . import values as en
from . import values_zh as zh
from .chance import R, between, digits, pick
from .inflection import NOUN_FORMS, ROLE_FORMS
from .stock import (
    COLOURS, EVENTS, FIRST_NAMES, FOODS, MONTHS, NUMBER_WORDS, ROOMS, TOPICS, WEEKDAYS, ZH_CITIES, ZH_NUMBERS,
    ZH_QUALITIES, ZH_ROLES, ZH_THINGS,
)


def fill(slot, language):
    """A value for a slot such as `person` or `person2`, in "en" or "zh"."""
    return FILLERS[language][slot.rstrip("0123456789")]()


def slot_types():
    return frozenset(FILLERS["en"])


def _one_of(options, invented_share=0.0, invent=en.invented):
    """A filler that takes from a list, now and then an invented value instead."""
    options = tuple(options)
    return lambda: invent() if invented_share and R() < invented_share else options[int(R() * len(options))]


_ADJECTIVES_OF_THINGS = "old new blue spare large small green red main black white broken portable second heavy grey".split()


def _thing():
    k = R()
    if k < 0.35:
        return pick(given.THINGS)
    if k < 0.6:
        return pick(NOUN_FORMS)[0]
    if k < 0.75:
        return pick(_ADJECTIVES_OF_THINGS) + " " + pick(given.THINGS)
    return pick(NOUN_FORMS)[0] + " " + pick(NOUN_FORMS)[0] if k < 0.88 else en.invented()


def _first_name():
    return pick(FIRST_NAMES) if R() < 0.65 else en.invented_name()


def _person():
    if R() < 0.06:
        return alphabets.full_name()
    k = R()
    if k < 0.3:
        return _first_name()
    return _first_name() + " " + en.last_name() if k < 0.85 else en.person()


def _role():
    return pick(given.ROLES) if R() < 0.6 else pick(ROLE_FORMS)[0]


def _place():
    k = R()
    if k < 0.6:
        return "the " + pick(ROOMS)
    return pick(given.PLACES) if k < 0.9 else "the " + en.invented_name() + " " + pick(("room", "hall", "building", "wing", "office"))


def _room():
    k = R()
    if k < 0.6:
        return "room " + en.spot_number()
    return pick(("office ", "meeting room ", "treatment room ", "studio ", "lab ")) + (en.spot_number() if k < 0.85 else en.invented_name())


def _address():
    street = pick(given.STREETS) if R() < 0.4 else en.invented_name()
    name = street + " " + pick(("Lane", "Street", "Road", "Avenue", "Close", "Square", "Way", "Hill", "Row", "Gardens"))
    return f"{between(1, 240)}{pick('ABC') if R() < 0.1 else ''} {name}"


def _ordinal(day):
    return f"{day}{'st' if day in (1, 21) else 'nd' if day in (2, 22) else 'rd' if day in (3, 23) else 'th'}"


def _clock():
    value = en.clock()
    return value if value not in ("sunrise", "dusk", "lunchtime") else "noon"


def _frequency():
    k = int(R() * 10)
    if k < 2:
        return pick(("every second ", "every ", "every other ", "every first ", "every last ")) + pick(WEEKDAYS)
    if k < 4:
        return pick(("once", "twice", "three times", "four times")) + " a " + pick(("day", "week", "month", "year", "quarter"))
    if k < 6:
        return "every " + pick(NUMBER_WORDS[:11]) + " " + pick(("days", "weeks", "months", "years", "hours"))
    if k < 8:
        return "every " + pick("day week month morning evening year night quarter winter spring summer hour weekday fortnight".split())
    if k == 8:
        return "on the " + (_ordinal(between(1, 28)) if R() < 0.5 else pick(("first", "second", "third", "last")) + " " + pick(WEEKDAYS)) + " of every month"
    return pick(("daily", "weekly", "monthly", "yearly", "every weekend", "on weekdays", "twice yearly", "hourly"))


def _year():
    return str(between(1950, 2035))


def _plain_number():
    return str(between(2, 20)) if R() < 0.4 else str(between(20, 999)) if R() < 0.8 else str(between(1000, 99999))


def _small_count():
    return pick(NUMBER_WORDS[:11]) if R() < 0.5 else str(between(2, 40))


def _percent():
    return str(between(1, 99)) + pick((" percent", "%", "%", " per cent")) if R() < 0.85 else f"{between(0, 99)}.{between(1, 9)}%"


def _web_address():
    path = "" if R() < 0.5 else "/" + (en.noun_word() if R() < 0.5 else en.invented())
    return pick(("", "", "https://", "http://")) + en.host() + path


def _plate():
    return pick((
        lambda: en.letters(2, en.UPPER) + digits(2) + " " + en.letters(3, en.UPPER),
        lambda: en.letters(between(1, 3), en.UPPER) + "-" + en.letters(2, en.UPPER) + " " + digits(between(2, 4)),
        lambda: digits(4) + " " + en.letters(3, en.UPPER),
        lambda: en.letters(2, en.UPPER) + "-" + digits(3) + "-" + en.letters(2, en.UPPER),
    ))()


_FILE_ENDINGS = "pdf docx xlsx txt md csv pptx html odt png zip".split()


def _file():
    name = pick(given.FILE_WORDS) if R() < 0.5 else en.noun_word() if R() < 0.5 else en.invented()
    k = R()
    if k < 0.3:
        name += pick("-_") + (en.noun_word() if k < 0.15 else pick(given.FILE_WORDS))
    elif k < 0.45:
        name += pick("-_") + str(between(2019, 2030))
    return name + "." + pick(_FILE_ENDINGS)


def _food():
    return pick(given.FOODS) if R() < 0.75 else pick(FOODS[10:]) if R() < 0.5 else en.invented()


def _amount(units):
    return lambda: (pick(NUMBER_WORDS) if R() < 0.25 else str(between(2, 999))) + " " + pick(units)


def _temperature():
    degrees = str(between(-25, 120)) if R() < 0.8 else f"{between(1, 90)}.{between(1, 9)}"
    return degrees + pick((" °C", "°C", " degrees", "°", " °F", " degrees Celsius"))


def _size():
    return pick((lambda: str(between(20, 64)), lambda: pick("XS S M L XL XXL 3XL".split()), lambda: f"{between(4, 44)} {pick(('wide', 'slim', 'long'))}", lambda: "A" + str(between(2, 6))))()


def _age():
    return str(between(1, 99)) if R() < 0.8 else pick(NUMBER_WORDS)


def _event():
    return pick(EVENTS) if R() < 0.5 else pick(given.EVENTS) if R() < 0.8 else en.noun_word() + " " + pick(("meeting", "party", "course", "day", "evening", "workshop"))


def _brand():
    return en.invented_name() + pick(("", "", "", " " + en.invented_name(), "tec", " & Co", "ix"))


def _product():
    k = R()
    if k < 0.4:
        return en.invented_name() + " " + pick((str(between(1, 900)), "Pro", "Plus", "Mini", "XL", "Air", "One", digits(3) + pick(en.UPPER)))
    return en.invented_name() if k < 0.7 else en.letters(between(1, 3), en.UPPER) + pick(("-", "", " ")) + digits(between(2, 4))


def _project():
    k = R()
    return en.invented_name() if k < 0.6 else "Project " + en.invented_name() if k < 0.8 else en.noun_word().capitalize()


def _invented():
    return en.invented() if R() < 0.5 else en.invented_name()


_ENGLISH = {
    "person": _person,
    "first": _first_name,
    "firm": en.firm,
    "role": _role,
    "team": _one_of(given.TEAMS),
    "place": _place,
    "room": _room,
    "city": en.city,
    "country": _one_of(given.COUNTRIES),
    "address": _address,
    "time": _clock,
    "date": en.calendar_date,
    "day": _one_of(WEEKDAYS),
    "month": _one_of(MONTHS),
    "season": _one_of(("spring", "summer", "autumn", "winter")),
    "year": _year,
    "freq": _frequency,
    "duration": en.duration,
    "money": en.money,
    "num": _plain_number,
    "count": _small_count,
    "percent": _percent,
    "code": en.code,
    "phone": en.phone,
    "email": en.email,
    "url": _web_address,
    "plate": _plate,
    "file": _file,
    "thing": _thing,
    "device": _one_of(given.DEVICES, 0.12),
    "food": _food,
    "drink": _one_of(given.DRINKS, 0.06),
    "fruit": _one_of(given.FRUITS, 0.06),
    "animal": _one_of(given.ANIMALS, 0.04),
    "color": _one_of(COLOURS),
    "brand": _brand,
    "product": _product,
    "project": _project,
    "hobby": _one_of(given.HOBBIES, 0.06),
    "language": _one_of(given.LANGUAGES, 0.06, en.invented_name),
    "sport": _one_of(given.SPORTS, 0.04),
    "instrument": _one_of(given.INSTRUMENTS, 0.06),
    "amount": _amount("litres kilos grams metres sheets boxes bottles bags packets cups crates pallets rolls".split()),
    "length": _amount("metres cm mm kilometres miles feet inches m km".split()),
    "weight": _amount("kg kilos grams tonnes pounds g".split()),
    "temperature": _temperature,
    "size": _size,
    "age": _age,
    "word": _invented,
    "department": _one_of(given.DEPARTMENTS),
    "event": _event,
    "vehicle": _one_of(given.VEHICLES),
    "subject": _one_of(tuple(given.SUBJECTS) + tuple(TOPICS)),
}


def _zh_person():
    if R() < 0.05:
        return alphabets.full_name()
    k = R()
    if k < 0.7:
        return zh.full_name()
    return pick(given.ZH_SURNAME_TITLES) if k < 0.8 else zh.rare(between(2, 3))


def _zh_thing():
    k = R()
    return pick(ZH_THINGS) if k < 0.6 else pick(ZH_QUALITIES) + pick(ZH_THINGS) if k < 0.85 else zh.rare(between(2, 3)) if k < 0.93 else zh.characters(2)


def _zh_room():
    return digits(3) + pick(("室", "房间", "会议室", "办公室")) if R() < 0.7 else pick("ABCDE") + digits(3) + pick(("室", "房间"))


def _zh_firm():
    return zh.rare(2) + pick(("公司", "物流", "科技", "保洁公司", "电力", "银行", "商行", "实业", "餐饮", "集团"))


def _zh_address():
    name = pick(given.ZH_STREETS) if R() < 0.5 else zh.characters(2)
    return name + pick(("路", "街", "大道", "巷")) + str(between(1, 300)) + "号"


def _zh_clock():
    value = zh.clock()
    return value if value[-1] != "点" or value[0] in "上下晚早中" else pick(("上午", "下午")) + value


def _zh_duration():
    return (pick("一二两三四五六七八九十") if R() < 0.5 else str(between(2, 90))) + pick(("天", "周", "个月", "年", "小时", "分钟", "个工作日"))


def _zh_units(units):
    return lambda: str(between(2, 500)) + pick(units)


def _zh_file():
    return (pick(given.ZH_FILE_WORDS) + (str(between(2019, 2030)) if R() < 0.3 else "") if R() < 0.7 else zh.characters(2)) + "." + pick(_FILE_ENDINGS)


def _zh_plate():
    return pick("京沪粤浙苏鲁川渝鄂湘闽") + pick("ABCDEFG") + en.letters(5, "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")


def _zh_brand():
    return zh.rare(2) if R() < 0.7 else alphabets.place() if R() < 0.3 else en.invented_name()


_ZH_FREQUENCIES = "每天 每周一次 每周两次 每月一次 每月两次 每季度一次 每年一次 每半年一次 每隔一天 每两周一次 每个工作日 每个周末".split()

_CHINESE = {
    "person": _zh_person,
    "first": zh.full_name,
    "firm": _zh_firm,
    "role": _one_of(tuple(given.ZH_ROLES) + tuple(ZH_ROLES)),
    "team": _one_of(given.ZH_TEAMS),
    "place": lambda: pick(given.ZH_PLACES) if R() < 0.7 else zh.place(),
    "room": _zh_room,
    "city": _one_of(tuple(ZH_CITIES) + tuple(given.ZH_CITIES)),
    "country": _one_of(given.ZH_COUNTRIES),
    "address": _zh_address,
    "time": _zh_clock,
    "date": zh.day_of_month,
    "day": lambda: pick(("星期", "周")) + pick("一二三四五六日"),
    "month": lambda: pick(ZH_NUMBERS) + "月" if R() < 0.5 else f"{between(1, 12)}月",
    "season": _one_of(("春天", "夏天", "秋天", "冬天")),
    "year": lambda: f"{between(1960, 2035)}年",
    "freq": lambda: pick(_ZH_FREQUENCIES) if R() < 0.5 else zh.frequency(),
    "duration": _zh_duration,
    "money": zh.money,
    "num": lambda: str(between(2, 999)),
    "count": lambda: str(between(2, 30)) if R() < 0.6 else pick("两三四五六七八九十"),
    "percent": lambda: f"{between(1, 99)}%" if R() < 0.7 else "百分之" + pick("二三五六七八") + "十",
    "code": en.code,
    "phone": lambda: "1" + digits(10) if R() < 0.6 else f"0{digits(between(2, 3))}-{digits(8)}",
    "email": en.email,
    "url": _web_address,
    "plate": _zh_plate,
    "file": _zh_file,
    "thing": _zh_thing,
    "device": _one_of(given.ZH_DEVICES, 0.08, lambda: zh.rare(2) + "机"),
    "food": _one_of(given.ZH_FOODS, 0.08, lambda: zh.rare(2)),
    "drink": _one_of(given.ZH_DRINKS, 0.05, lambda: zh.rare(1) + "茶"),
    "fruit": _one_of(given.ZH_FRUITS),
    "animal": _one_of(given.ZH_ANIMALS),
    "color": _one_of(given.ZH_COLOURS),
    "brand": _zh_brand,
    "product": lambda: zh.rare(2) + pick(("", "一号", "Pro", digits(2))) if R() < 0.6 else _product(),
    "project": lambda: zh.characters(2) + pick(("项目", "计划", "工程", "")) if R() < 0.7 else zh.rare(2),
    "hobby": _one_of(given.ZH_HOBBIES),
    "language": _one_of(given.ZH_LANGUAGES),
    "sport": _one_of(given.ZH_SPORTS),
    "instrument": _one_of(given.ZH_INSTRUMENTS),
    "amount": _zh_units(("升", "公斤", "箱", "瓶", "袋", "包", "盒", "桶", "张", "卷")),
    "length": _zh_units(("米", "厘米", "毫米", "公里")),
    "weight": _zh_units(("公斤", "克", "吨", "斤", "千克")),
    "temperature": lambda: f"{between(-20, 90)}" + pick(("度", "摄氏度", "℃")),
    "size": _size,
    "age": lambda: f"{between(1, 99)}岁",
    "word": lambda: zh.rare(2) if R() < 0.7 else en.invented(),
    "department": _one_of(given.ZH_DEPARTMENTS),
    "event": _one_of(given.ZH_EVENTS),
    "vehicle": _one_of(given.ZH_VEHICLES),
    "subject": _one_of(given.ZH_SUBJECTS),
}

FILLERS = {"en": _ENGLISH, "zh": _CHINESE}
