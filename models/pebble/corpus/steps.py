"""Instructions in numbered steps: which comes first, last, next or third."""
from . import documents
from . import theme as now
from .chance import R, between, pick
from .chinese_values import thing as zh_thing
from .format import cite, with_context
from .inflection import capital
from .noun_phrases import said, thing
from .theme import verb

_WORDS = "first second third fourth fifth sixth seventh eighth".split()
_ZH_VERBS = "打开 关闭 检查 清洗 更换 锁上 取出 放回 按下 拔掉 通知 登记 签字 扫描 上传 备份 称重 贴标签到 拍下 擦干".split()


def turn(chinese):
    """(question, answer, None)."""
    count = between(3, 7)
    steps = [_step(chinese) for _ in range(count)]
    while len(set(steps)) < count:
        steps = [_step(chinese) for _ in range(count)]
    entries, number = _entries(steps, chinese)
    i, question = _ask(steps, chinese)
    return with_context(entries, question), cite(steps[i], number), None


def _step(chinese):
    now.words.clear()
    now.phrases.clear()
    if chinese:
        return pick(_ZH_VERBS) + zh_thing() + "。"
    return capital(f"{verb()[0]} {said(thing(first_person=0))}") + "."


def _entries(steps, chinese):
    """The steps as one passage of a document, perhaps beside passages of others; (entries, the number of theirs)."""
    document = documents.Document(chinese)
    glue = "" if chinese else " "
    style = pick(("{i}. {s}", "{i}. {s}", "{i}) {s}", "Step {i}: {s}" if not chinese else "第{i}步：{s}"))
    text = glue.join(style.format(i=i, s=step) for i, step in enumerate(steps, 1))
    made = [(document.label(), text)]
    for _ in range(pick((0, 0, 1, 2, 3))):
        other = documents.Document(chinese)
        made.insert(between(0, len(made)), (other.label(), _step(chinese) + glue + _step(chinese)))
    return made, [entry[1] for entry in made].index(text) + 1


def _ask(steps, chinese):
    """Which step is asked for, and how."""
    k = R()
    i = between(0, len(steps) - 1)
    if chinese:
        if k < 0.5:
            return i, pick((f"第{i + 1}步是什么？", f"第{i + 1}步做什么？", f"第{i + 1}步要干什么？"))
        if k < 0.7 or len(steps) < 2:
            return (0, pick(("先做什么？", "第一步是什么？", "从哪一步开始？"))) if k < 0.6 else (len(steps) - 1, pick(("最后做什么？", "最后一步是什么？")))
        i = between(0, len(steps) - 2)
        done = steps[i].rstrip("。")
        return i + 1, pick((f"{done}之后做什么？", f"{done}以后下一步是什么？"))
    if k < 0.35:
        word = _WORDS[i]
        return i, pick((f"What is step {i + 1}?", f"What is the {word} step?", f"What comes {word}?", f"What do I do in step {i + 1}?", f"step {i + 1}?", f"Which step is number {i + 1}?"))
    if k < 0.45:
        return 0, pick(("What do I do first?", "How do I start?", "What is the first step?", "What comes first?", "Where do I begin?"))
    if k < 0.55:
        return len(steps) - 1, pick(("What is the last step?", "What do I do last?", "What comes at the end?", "How does it end?", "What is the final step?"))
    after = k < 0.8
    i = between(0, len(steps) - 2) if after else between(1, len(steps) - 1)
    done = steps[i].rstrip(".")
    done = done[0].lower() + done[1:]
    if after:
        return i + 1, pick((f"I have to {done}. What comes next?", f"What do I do after I {done}?", f"What is the next step after \"{done}\"?", f"What comes after \"{done}\"?", f"I did \"{done}\". And now?"))
    return i - 1, pick((f"What do I do before I {done}?", f"What comes before \"{done}\"?", f"Which step is right before \"{done}\"?"))

