"""Tables, whose rows the agent writes as sentences: "Name: Carla Weber, Phone: 5551, Room: 12." asked by one of their cells."""
from . import labels
from .chance import R, between, pick, shuffled
from .format import document_label
from .inflection import capital
from .slots import fill

# column: (its names, slot, what asks for it with {k} the row's key)
_COLUMNS = {
    "phone": (("Phone", "Tel.", "Telephone", "Phone number", "Mobile"), "phone", (
        "What is {k}'s phone number?", "How do I call {k}?", "phone {k}?", "Which number does {k} have?", "What number do I dial for {k}?")),
    "email": (("E-mail", "Email", "Mail", "E-mail address"), "email", (
        "What is {k}'s email address?", "Where do I write to {k}?", "email of {k}", "How can I mail {k}?")),
    "room": (("Room", "Office", "Place", "Desk"), "room", (
        "Where does {k} sit?", "Which room is {k} in?", "In which office do I find {k}?", "room {k}?", "Where can I find {k}?")),
    "role": (("Role", "Position", "Job", "Function", "Title"), "role", (
        "What is {k}'s job?", "What does {k} do here?", "What is the position of {k}?", "role of {k}?")),
    "department": (("Department", "Dept.", "Unit", "Division"), "department", (
        "Which department does {k} work in?", "What is {k}'s department?", "Where does {k} work?")),
    "start": (("Start", "Since", "Joined", "Start date"), "date", ("When did {k} start?", "Since when has {k} been here?", "start date {k}")),
    "code": (("Code", "Number", "No.", "Serial no.", "ID", "Reference"), "code", (
        "What is the number of {k}?", "Which code does {k} have?", "{k} number?", "What is {k}'s ID?")),
    "price": (("Price", "Cost", "Rate", "Amount", "Fee"), "money", (
        "How much is {k}?", "What does {k} cost?", "price of {k}?", "What do we pay for {k}?")),
    "stock": (("Stock", "Quantity", "Pieces", "In stock", "Qty"), "num", ("How many pieces of {k} are left?", "How many of {k} do we have?", "stock of {k}")),
    "day": (("Day", "Weekday", "Delivery day"), "day", ("On which day is {k}?", "Which weekday is it for {k}?", "What day is {k}?")),
    "time": (("Time", "Hour", "Begin", "Starts at"), "time", ("At what time is {k}?", "When does {k} begin?", "What time is {k}?")),
    "due": (("Due", "Deadline", "Valid until", "Expires", "Next service"), "date", (
        "What is the date for {k}?", "Until when does {k} run?", "When is {k} due?", "due date {k}?")),
    "owner": (("Owner", "Responsible", "Contact", "Contact person", "Person", "In charge"), "person", (
        "Who is responsible for {k}?", "Who looks after {k}?", "Whom do I ask about {k}?", "contact for {k}?", "Who is in charge of {k}?")),
    "place": (("Location", "Place", "Where", "Storage"), "place", ("Where is {k}?", "Where do I find {k}?", "{k} location?", "In which place is {k}?")),
    "city": (("City", "Town", "Branch", "Site"), "city", ("Which city is {k} in?", "Where is {k} based?", "In which town is {k}?")),
    "firm": (("Supplier", "Company", "Vendor", "Maker", "Service"), "firm", ("Who supplies {k}?", "Which company is it for {k}?", "Who makes {k}?")),
    "colour": (("Colour", "Color", "Tag"), "color", ("What colour is {k}?", "Which colour does {k} have?")),
    "early": (("Early", "Early shift", "Morning", "AM", "Day shift"), "person", (
        "Who does the early shift on {k}?", "Who works in the morning on {k}?", "Who starts early on {k}?", "morning of {k}, who?")),
    "late": (("Late", "Late shift", "Evening", "PM", "Afternoon"), "person", (
        "Who does the late shift on {k}?", "Who works in the evening on {k}?", "Who does the late one on {k}?", "Who stays late on {k}?")),
    "night": (("Night", "Night shift", "Overnight"), "person", ("Who does the night shift on {k}?", "Who is there at night on {k}?", "night of {k}: who?")),
    "reserve": (("Standby", "On call", "Reserve", "Backup", "Substitute"), "person", (
        "Who is on standby on {k}?", "Who is on call on {k}?", "Who steps in on {k}?", "Who is the reserve on {k}?")),
    "yes": (("Yes", "In favour", "Satisfied", "Agree"), "percent", ("How many percent say yes to {k}?", "How many are satisfied with {k}?", "What share agrees on {k}?")),
    "no": (("No", "Against", "Unsatisfied", "Disagree"), "percent", ("How many percent say no to {k}?", "How many are unhappy with {k}?", "What share disagrees on {k}?")),
    "size": (("Size", "Format"), "size", ("What size is {k}?", "Which size does {k} have?")),
}
# what a row is about: (names of the key column, slot, columns)
_KEYS = (
    (("Name", "Employee", "Person", "Colleague"), "person", "phone email room role department start code city".split()),
    (("Name", "Contact", "First name"), "first", "phone email room role department".split()),
    (("Device", "Equipment", "Item", "Machine"), "device", "code price due owner place firm start".split()),
    (("Item", "Article", "Product", "Thing"), "thing", "code price stock place colour size firm owner".split()),
    (("Supplier", "Company", "Firm", "Customer", "Name"), "firm", "phone email city code owner day".split()),
    (("Project", "Name"), "project", "owner due price code city".split()),
    (("Event", "What", "Appointment", "Course"), "event", "day time place owner price".split()),
    (("Day", "Weekday", "When"), "day", "early late night reserve place".split()),
    (("Date", "Day", "On"), "date", "early late night reserve place".split()),
    (("Question", "Topic", "Subject", "About"), "subject", "yes no".split()),
    (("Room", "Name"), "room", "code owner stock colour".split()),
    (("Product", "Article", "Model"), "product", "price stock code colour size firm place".split()),
)
# asked the other way: whose cell is this?
_WHOSE = {
    "phone": ("Whose phone number is {v}?", "Who has the number {v}?", "Who called from {v}?"),
    "email": ("Whose address is {v}?", "Who writes from {v}?"),
    "room": ("Who sits in {v}?", "Who is in {v}?", "Whose office is {v}?"),
    "role": ("Who is the {v}?", "Who works as {v}?", "What is the name of the {v}?"),
    "code": ("What has the number {v}?", "Which one has the code {v}?", "What does {v} stand for?"),
    "owner": ("What is {v} responsible for?", "What does {v} look after?"),
    "firm": ("What comes from {v}?", "What do we get from {v}?"),
}
_ZH_COLUMNS = {
    "电话": ("phone", ("{k}的电话是多少？", "怎么给{k}打电话？", "{k}电话？")),
    "邮箱": ("email", ("{k}的邮箱是什么？", "{k}的邮件地址？")),
    "房间": ("room", ("{k}在哪个房间？", "{k}坐在哪里？")),
    "早班": ("person", ("{k}谁上早班？", "{k}的早班是谁？")),
    "晚班": ("person", ("{k}谁上晚班？", "{k}的晚班是谁？")),
    "规格": ("size", ("{k}是什么规格？",)),
    "职位": ("role", ("{k}是做什么的？", "{k}的职位是什么？")),
    "部门": ("department", ("{k}在哪个部门？", "{k}是哪个部门的？")),
    "编号": ("code", ("{k}的编号是多少？", "{k}的编号是什么？")),
    "价格": ("money", ("{k}多少钱？", "{k}的价格是多少？")),
    "数量": ("num", ("{k}还有多少？", "{k}的数量是多少？")),
    "负责人": ("person", ("{k}由谁负责？", "{k}的负责人是谁？", "{k}找谁？")),
    "位置": ("place", ("{k}在哪里？", "{k}放在哪儿？")),
    "截止日期": ("date", ("{k}什么时候到期？", "{k}的截止日期是哪天？")),
    "时间": ("time", ("{k}是几点？", "{k}什么时候开始？")),
}
_ZH_KEYS = (
    ("姓名", "person", "电话 邮箱 房间 职位 部门 编号".split()),
    ("设备", "device", "编号 价格 负责人 位置 截止日期".split()),
    ("物品", "thing", "编号 价格 数量 位置 负责人".split()),
    ("供应商", "firm", "电话 邮箱 负责人 编号".split()),
    ("活动", "event", "时间 位置 负责人 价格".split()),
    ("日期", "date", "早班 晚班".split()),
    ("星期", "day", "早班 晚班".split()),
    ("产品", "product", "规格 价格 数量 编号 位置".split()),
)
_NAMED = ("person", "first", "firm", "project", "product", "room", "day", "date", "subject")


def _columns(chinese):
    """The key's column name and slot, then (kind, name, slot) of each other column."""
    if chinese:
        key, slot, kinds = pick(_ZH_KEYS)
        chosen = [kind for kind in kinds if R() < 0.6] or [pick(kinds)]
        return key, slot, [(kind, kind, _ZH_COLUMNS[kind][0]) for kind in chosen]
    names, slot, kinds = pick(_KEYS)
    chosen = shuffled([kind for kind in kinds if R() < 0.5] or [pick(kinds)])
    key = pick(names)
    columns = [(kind, pick(_COLUMNS[kind][0]), _COLUMNS[kind][1]) for kind in chosen]
    taken = set()
    return key, slot, [column for column in columns if column[1] != key and not (column[1] in taken or taken.add(column[1]))]


class _Row:
    def __init__(self, columns, language):
        self.key_name, self.key_slot, self.columns = columns
        self.key = fill(self.key_slot, language)
        self.cells = [fill(slot, language) for _, _, slot in self.columns]
        self.chinese = language == "zh"

    def text(self):
        """As the agent writes a row of a table whose first row names the columns."""
        colon, comma, stop = (":", ",", "。") if self.chinese else (": ", ", ", ".")
        pairs = [(self.key_name, self.key)] + [(name, cell) for (_, name, _), cell in zip(self.columns, self.cells)]
        return comma.join(name + colon + cell for name, cell in pairs) + stop

    def bare(self):
        """As it writes one without such names."""
        return " | ".join([self.key, *self.cells])


def table(chinese, count):
    """Rows with different keys."""
    columns = _columns(chinese)
    while not columns[2]:
        columns = _columns(chinese)
    rows, keys = [], []
    for _ in range(3 * count):
        row = _Row(columns, "zh" if chinese else "en")
        if len(rows) < count and not any(row.key.lower() in key or key in row.key.lower() for key in keys):
            rows.append(row)
            keys.append(row.key.lower())
    return rows


def _asks(row, i):
    """A question for cell i of a row, or for the row of the cell."""
    kind = row.columns[i][0]
    if row.chinese:
        return pick(_ZH_COLUMNS[kind][1]).replace("{k}", row.key)
    key = row.key if row.key_slot in _NAMED else "the " + row.key
    k = R()
    name = row.columns[i][1]
    if k < 0.6:
        return pick(_COLUMNS[kind][2]).replace("{k}", key)
    if k < 0.85 or kind not in _WHOSE:
        return capital(pick((f"What is the {name.lower()} of {key}?", f"{row.key}: {name.lower()}?", f"{name} {row.key}", f"What does it say under {name} for {key}?")))
    return pick(_WHOSE[kind]).replace("{v}", row.cells[i])


def _entries(rows, chinese, bare):
    """Rows as entries of their own, or several in one passage; and the number of the entry of each row."""
    name, page = labels.file_name(chinese), between(1, 9)
    label = document_label(name, page if R() < 0.3 else None)
    texts = [row.bare() if bare else row.text() for row in rows]
    if R() < 0.45:
        return [(label, text) for text in texts], list(range(1, len(rows) + 1))
    made, numbers, size = [], [], between(2, 5)
    for i in range(0, len(texts), size):
        made.append((label, " ".join(texts[i : i + size])))
        numbers += [len(made)] * len(texts[i : i + size])
    return made, numbers


def asked_row(chinese):
    """(entries, question, the row as it is written, the row, which cell was asked for, the number of its entry)."""
    rows = table(chinese, pick((1, 2, 3, 4, 5, 6, 8)))
    row = pick(rows)
    i = between(0, len(row.cells) - 1)
    bare = R() < 0.12
    while True:
        question = _asks(row, i)
        # asked by a cell that two rows share, it would have two answers
        if row.key in question or sum(row.cells[i] == other.cells[i] for other in rows) == 1:
            break
    made, numbers = _entries(rows, chinese, bare)
    return made, question, row.bare() if bare else row.text(), row, i, numbers[rows.index(row)]


def unanswered(chinese):
    """(entries, question): a table without the row or without the column that is asked for; None where there is no such question."""
    rows = table(chinese, pick((1, 2, 2, 3, 4, 6)))
    row = pick(rows)
    if R() < 0.5:
        question = _of_another_column(row, rows)
    else:
        question = _of_another_row(row, rows)
    return (_entries(rows, chinese, R() < 0.1)[0], question) if question else None


def _of_another_column(row, rows):
    """Of a thing that is there, what the table doesn't tell."""
    asks = _ZH_COLUMNS if row.chinese else _COLUMNS
    keys = _ZH_KEYS if row.chinese else _KEYS
    usual = {kind for _, slot, kinds in keys if slot == row.key_slot for kind in kinds}
    there = {kind for kind, _, _ in row.columns}
    sorts = {slot for _, _, slot in row.columns}
    absent = sorted(kind for kind in usual - there if asks[kind][0 if row.chinese else 1] not in sorts)
    if "place" in there or "room" in there or "city" in there:  # "where is it?" is answered by any of them
        absent = [kind for kind in absent if kind not in ("place", "room", "city", "department")]
    if not absent:
        return None
    key = row.key if row.chinese or row.key_slot in _NAMED else "the " + row.key
    return pick(asks[pick(absent)][1 if row.chinese else 2]).replace("{k}", key)


def _of_another_row(row, rows):
    """A cell of something that isn't there, often nearly named like what is."""
    language = "zh" if row.chinese else "en"
    other = fill(row.key_slot, language)
    words = row.key.split(" ")
    if R() < 0.6 and not row.chinese and len(words) > 1:
        fresh = fill("first", "en")
        other = " ".join([fresh, *words[1:]] if R() < 0.5 else [*words[:-1], fresh])
    elif R() < 0.5 and row.chinese and row.key_slot == "person" and len(row.key) > 1:
        other = other[:1] + row.key[1:]
    if any(other.lower() in one.key.lower() or one.key.lower() in other.lower() for one in rows):
        return None
    asked_of = _Row((row.key_name, row.key_slot, row.columns), language)
    asked_of.key, asked_of.cells = other, row.cells
    question = _asks(asked_of, between(0, len(row.cells) - 1))
    return question if other in question else None
