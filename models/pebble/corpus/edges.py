"""What is at the edges: nothing, noise, emoji, code, links, shouting, slips, two languages, orders hidden in documents, broken text.

edges.txt holds what is said (phrases), bilingual.txt statements and questions in two languages: English	Chinese	questions	问题.
"""
from pathlib import Path

from . import talk, values, values_zh
from .chance import R, between, digits, pick, reseed, shuffled
from .format import OOD, OODZH, UNK, UNKZH, cite, with_context
from .inflection import NOUN_FORMS
from .phrases import Weighted, phrase, say
from .questions import slip, typed
from .sentence import answer, holds_first_person
from .sessions import Fact, label, other_family
from .slots import fill
from .tools import clock24

EMPTY = "Your message is empty. How can I help?"
PUZZLED = "I didn't understand that. Please say it in other words."
PUZZLED_ZH = "我没有听懂,请换个说法。"
KEEP = "I keep to my instructions. How can I help?"
KEEP_ZH = "我会遵守我的指令。有什么可以帮您?"
LINK = "I can't open web pages. Add the text as a document, and I will answer from it."
LINK_ZH = "我不能打开网页。请把内容作为文档添加,我会根据它回答。"

_SAID = {title: Weighted(lines) for title, lines in talk.sections("edges.txt").items()}
_FINE, _LOVE, _SAD = "Good. Anything else?", "Thank you, that is kind of you.", "I'm sorry to hear that. I hope it gets better soon."
_HELLO, _THANKS = "Hello! How can I help?", "You're welcome! Anything else?"


def _gibberish():
    k = R()
    if k < 0.5:
        return values.letters(between(3, 10), values.LOWER)
    return values.letters(between(4, 12)) if k < 0.8 else pick("bcdfghjklmnpqrstvwxz") * between(3, 9)


_SLOTS = {
    "gibberish": _gibberish,
    "digits": lambda: digits(between(1, 9)),
    "rare": lambda: values_zh.rare(between(1, 4)),
    "n": lambda: str(between(0, 999)),
    "w": lambda: pick(NOUN_FORMS)[0] if R() < 0.5 else values.invented(),
    "w2": lambda: pick(NOUN_FORMS)[1] if R() < 0.5 else values.invented(),
}


def _value(name):
    make = _SLOTS.get(name)
    return make() if make else fill(name, "en")


def _value_zh(name):
    make = _SLOTS.get(name)
    return make() if make else fill(name, "zh")


def _draw(title):
    return say(_SAID[title].draw(), _value_zh if title.endswith("zh") else _value)


# ---------------------------------------------------------------------------------------------- small things

_SHORT = (
    ("puzzled", PUZZLED, 6), ("empty", EMPTY, 2), ("fine", _FINE, 2), ("love", _LOVE, 1), ("sad", _SAD, 1), ("hello", _HELLO, 1), ("thanks",
        _THANKS, 1),
    ("keep", KEEP, 4), ("link", LINK, 3), ("forever", OOD, 2),
)
_SHORT = [(title, answer) for title, answer, weight in _SHORT for _ in range(weight)]
_SHORT_ZH = [("puzzled-zh", PUZZLED_ZH), ("keep-zh", KEEP_ZH), ("link-zh", LINK_ZH)]


def _short_turn(chinese):
    title, answered = pick(_SHORT_ZH if chinese else _SHORT)
    said = _draw(title)
    if title == "keep" and R() < 0.5:
        said += pick((".", "!", ".", ""))
    return said, OODZH if answered == OOD and talk.is_chinese(said) else answered


def _repeated_turn(chinese):
    """One word over and over: answered once, as if it had been said once."""
    if chinese:
        word, answered = pick((("你好", "您好!有什么可以帮您?"), ("谢谢", "不客气!还有什么需要吗?"), ("再见", "再见!"), ("好的", "好的。还有什么需要吗?")))
        return pick(("", ",", "!", " ")).join([word] * between(3, 25)), answered
    word, answered = pick((
        ("hello", _HELLO), ("hi", _HELLO), ("thanks", _THANKS), ("thank you", _THANKS), ("bye", "Goodbye! I'll keep what you told me."), ("ok",
            _FINE),
        ("yes", _FINE), ("test", "Yes, I'm here."), ("ping", "Yes, I'm here."), ("sorry", "No problem."), ("ha", PUZZLED), ("bla", PUZZLED), ("a",
            PUZZLED),
        ("banana", PUZZLED), (values.invented(), PUZZLED), (_gibberish(), PUZZLED),
    ))
    said = pick((" ", " ", ", ", "! ", "\n")).join([word] * between(4, 60))
    return said.upper() if R() < 0.2 else said, answered


def _paste_turn(chinese):
    """Code with or without a question, or a long text to work on: for a larger model."""
    if R() < 0.6:
        code = "\n".join(_draw("code") for _ in range(between(1, 4)))
        code = "```" + pick(("", "python", "js", "text", "sh")) + "\n" + code + "\n```" if R() < 0.5 else code
        asked = _draw("paste-zh" if chinese else "paste")
        k = R()
        said = code if k < 0.2 else asked + "\n" + code if k < 0.7 else code + "\n\n" + asked
        return said, OODZH if chinese and k >= 0.2 else OOD
    text = _long_text(chinese)
    if chinese:
        asked = pick(("总结一下", "翻译成英语", "把上面的内容改写一下", "提炼要点", "改成正式的语气"))
    else:
        asked = pick(("Summarise this.", "Translate this into German.", "Rewrite this more politely.", "Give me the key points.",
            "What is the tone of this text?",
                      "Shorten this to one sentence.", "Correct the grammar.", "Turn this into a poem.", "Make a table of it.", "tl;dr", "Proofread this please"))
    return (text + "\n\n" + asked if R() < 0.5 else asked + "\n\n" + text), OODZH if chinese else OOD


def _long_text(chinese):
    sentences = [Fact(other_family((), chinese)).text for _ in range(between(4, 25))]
    return ("" if chinese else " ").join(sentences)


# ---------------------------------------------------------------------------------------------- contexts


def _facts(chinese, count):
    """Facts of families that have nothing to do with one another."""
    taken = []
    for _ in range(count):
        family = other_family(taken, chinese)
        if family is not None:
            taken.append(family)
    return [Fact(family) for family in taken]


def _asked(fact):
    question = fact.question()[1]
    return typed(question, fact.chinese)


def _with(fact, others, said, text=None):
    """(message, answer): the fact among the others, asked for and cited."""
    here = (label(fact.chinese), text or fact.text)
    entries = shuffled([*others, here])
    return with_context(entries, said), cite(fact.answer(), entries.index(here) + 1)


def _order(chinese):
    z = "-zh" if chinese else ""
    k = R()
    if chinese:
        text = _draw("order-zh") + (pick(("，", "，并", "。")) + _draw("say-zh") if k < 0.8 else "") + pick(("。", "！", ""))
    else:
        text = _draw("order")
        if k < 0.8:
            said = _draw("say" + z)
            text += pick((" and ", " and ", ". Instead, ", ". Now ", "; ", ", then ")) + said
        text += pick((".", "!", "", "!!!"))
        if k > 0.95:
            text = text.upper()
    return text


def _injected_turn(chinese):
    """An entry holds an order. Asked for something else, that is answered; asked what the entry says, it is quoted."""
    order = _order(chinese)
    fact, *facts = _facts(chinese, pick((1, 2, 2, 3, 4, 5)))
    others = [(label(chinese), one.text) for one in facts]
    k = R()
    if k < 0.14:
        name = fill("file", "zh" if chinese and R() < 0.5 else "en")
        quoted = (name, order)
        entries = shuffled([*others, (label(chinese), fact.text), quoted])
        asked = say(_SAID["about-zh" if chinese else "about"].draw(), lambda slot: name if slot == "file" else fill(slot, "en"))
        if name not in asked:
            asked = f"{name}里写了什么？" if chinese else f"What does {name} say?"
        if sum(label.startswith(name) for label, _ in entries) == 1:
            return with_context(entries, asked), cite(order, entries.index(quoted) + 1)
    if k < 0.5:  # in an entry of its own
        others.append((label(chinese), order))
        return _with(fact, others, _asked(fact))
    if k < 0.8:  # before or behind the sentence that answers
        glue = "" if chinese else " "
        stopped = fact.text if fact.text[-1] in ".!?。！？" else fact.text + ("。" if chinese else ".")
        text = order + glue + stopped if R() < 0.4 else stopped + glue + order
        message, answered = _with(fact, others, _asked(fact), text)
        return message, answered
    if k < 0.92:  # nothing answers, in spite of the order
        asked = _asked(fact)
        entries = shuffled([*others, (label(chinese), order)])
        return with_context(entries, asked), UNKZH if chinese else UNK
    said, answered = talk.chat_turn(chinese, clock=False)
    return with_context(shuffled([*others, (label(chinese), order)]), said), answered


def _torn(text):
    """As a bad scan or a bad conversion leaves it."""
    k = R()
    junk = lambda: _draw("junk").strip() or "..."
    if k < 0.3:
        return junk() + " " + text + " " + junk()
    if k < 0.5:
        return text + " " + junk() + " " + junk()
    if k < 0.7:
        return " ".join(junk() for _ in range(between(2, 6))) + " " + text
    return values.letters(between(2, 9), values.LOWER) + " " + text + " " + _gibberish()[: between(1, 6)]


def _torn_turn(chinese):
    """Broken text around the sentence; the sentence alone is the answer."""
    fact, *facts = _facts(chinese, pick((1, 2, 3, 4)))
    if fact.text[-1] not in ".!?。！？":
        fact.text += "。" if chinese else "."
    others = [(label(chinese), _torn(one.text) if R() < 0.6 else one.text) for one in facts]
    if R() < 0.3:
        others.append((label(chinese), " ".join(_draw("junk") for _ in range(between(2, 12)))))
    return _with(fact, others, _asked(fact), _torn(fact.text))


def _slips(text):
    for _ in range(between(2, 4)):
        text = slip(text)
    return text


def _shouted_turn(chinese):
    """Loud, or full of slips, or with many words around it: the same answer."""
    fact, *facts = _facts(chinese, pick((1, 2, 3, 4)))
    others = [(label(chinese), one.text) for one in facts]
    question = fact.question()[1]
    k = R()
    if chinese:
        question = question.rstrip("？?") + pick(("？？？", "!!!", "??!!", "啊啊啊？", "……"))
    elif k < 0.35:
        question = question.upper() + pick(("", "!!!", "??", "?!"))
    elif k < 0.75:
        question = _slips(question)
    else:
        chatter = pick(("Hello dear Pebble, I hope this finds you well. ", "Sorry to bother you again, I know that you are busy. ",
            "So, we were sitting at lunch and nobody knew it. ",
                        "I have asked three people and got four answers. ", "This may be a stupid question. ", "My boss wants to know it at once, and I have no idea. "))
        question = chatter + question + pick(("", " Thanks a lot in advance!", " It's urgent.", " I'd be very grateful.", " No rush."))
    return _with(fact, others, question)


def _long_turn(chinese):
    """Very many entries, of several sentences now and then."""
    facts = _facts(chinese, between(10, 34))
    fact = facts.pop()
    others, glue = [], "" if chinese else " "
    while facts:
        some = [facts.pop().text for _ in range(min(len(facts), pick((1, 1, 1, 2, 3))))]
        if some:
            others.append((label(chinese), glue.join(text if text[-1] in ".!?。！？" else text + ("。" if chinese else ".") for text in some)))
    if R() < 0.85:
        return _with(fact, others, _asked(fact))
    return with_context(others, _asked(fact)), UNKZH if chinese else UNK


def _same_twice_turn(chinese):
    """One entry stands there several times: the first is cited."""
    fact, *facts = _facts(chinese, pick((1, 2, 3)))
    entries = shuffled([*[(label(chinese), one.text) for one in facts], *[(label(chinese), fact.text) for _ in range(between(2, 4))]])
    first = next(i for i, (_, text) in enumerate(entries) if text == fact.text)
    return with_context(entries, _asked(fact)), cite(fact.answer(), first + 1)


_BILINGUAL = []
for _line in (Path(__file__).parent / "bilingual.txt").read_text(encoding="utf8").splitlines():
    _english, _chinese, _questions, _questions_zh = _line.split("\t")
    _BILINGUAL.append((phrase(_english), phrase(_chinese), _questions.split("/"), _questions_zh.split("/")))


def _bilingual_turn():
    """Asked in the one language, answered by an entry in the other, as it stands there."""
    english, chinese, questions, questions_zh = pick(_BILINGUAL)
    from_chinese = R() < 0.5
    known = {}

    def value(slot):
        if slot not in known:
            known[slot] = clock24(False).value if slot == "time24" else fill(slot, "zh" if from_chinese else "en")
        return known[slot]

    fact = _Said(say(chinese if from_chinese else english, value), from_chinese)
    asked = pick(questions if from_chinese else questions_zh)
    others = []
    for _ in range(pick((0, 1, 2, 3))):
        other = pick(_BILINGUAL)
        if other[0] is not english:
            chosen = other[1] if R() < 0.6 else other[0]
            others.append((label(True), say(chosen, lambda slot: clock24(False).value if slot == "time24" else fill(slot, "en"))))
    if R() < 0.15 and others:
        return with_context(others, asked), UNK if from_chinese else UNKZH
    return _with(fact, others, asked)


class _Said:
    """A sentence that is no family's."""

    def __init__(self, text, chinese):
        self.text, self.chinese = text, chinese

    def answer(self):
        return answer(self.text, holds_first_person(self.text, self.chinese), self.chinese)


_TURNS = (
    [_short_turn] * 16 + [_repeated_turn] * 6 + [_paste_turn] * 8 + [_injected_turn] * 32 + [_torn_turn] * 12 + [_shouted_turn] * 12 + [_long_turn] * 5
    + [_same_twice_turn] * 4
)


def conversation(rng):
    """One to three turns at the edges, now and then with ordinary talk between."""
    reseed(rng)
    chinese = R() < 0.2
    messages = []
    for _ in range(pick((1, 1, 1, 2, 3))):
        if R() < 0.06:
            said, answered = _bilingual_turn()
        else:
            said, answered = pick(_TURNS)(chinese)
        messages += [("user", said), ("assistant", answered)]
        if R() < 0.12:
            said, answered = talk.chat_turn(chinese)
            messages += [("user", said), ("assistant", answered)]
    return talk.with_system(talk.system(), messages)
