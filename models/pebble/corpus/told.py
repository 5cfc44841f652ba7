"""Told in the chat, asked later: sentences of the open grammar, acknowledged, then given back without a number."""
import re

from .asked import alike, any_sentence, of_sentence
from .chance import R, between, pick, reseed
from .context import unknown
from .distractors import distractors
from .entries import entries, grouped
from .format import NOTED, with_context
from .matching import holds
from .sentence import CAPITALISED_COMMON, answer
from .talk import chat_turn, ood_turn, system, with_system
from .theme import theme

_BEFORE = (
    "||||Remember that |Please remember: |Note: |Please remember that |Remember: |Note that |Just so you know, |FYI: |Keep in mind that |"
    "Please note that |By the way, |For your information: |Remember this: |Don't forget that |Write this down: |I want you to know that |"
    "You should know that |Save this: |Also, |Can you remember that |Please note: |Make a note: |Hi, |Listen: |Actually, "
).split("|")
_ZH_BEFORE = ("", "", "", "请记住:", "记住,", "请记住,", "记一下:", "请记下:", "帮我记住:", "顺便说一下,")
_I = re.compile(r"\bI\b")


class Told:
    """A fact of the chat: what was said, and the question that asks for it."""

    def __init__(self, asked):
        self.asked = asked
        self.text = asked.text
        self.said = self._say()

    def _say(self):
        """How it is told; the answer follows what was really typed."""
        if self.asked.chinese:
            return pick(_ZH_BEFORE) + self.text
        k, text = R(), self.text
        if k < 0.08 and text[-1] == ".":
            text = text[:-1]
        if 0.05 < k < 0.14 and (text.split(" ")[0] in CAPITALISED_COMMON or text.startswith(("I ", "I'"))):
            text = text[0].lower() + text[1:]
            text = _I.sub("i", text) if R() < 0.7 else text
        before = pick(_BEFORE)
        if before and before[-2] in "t," and before != "Hi, " and text.split(" ")[0] in CAPITALISED_COMMON:
            text = text[0].lower() + text[1:]
        if before and R() < 0.2:
            before = before.lower()
        self.text = text
        if before.lower().startswith("can you") and R() < 0.5:
            self.text = text.rstrip(".")
            return before + self.text + "?"
        return before + text

    def answer(self):
        return answer(self.text, self.asked.first_person, self.asked.chinese)

    def admits(self, other):
        """Whether another fact may be told in the same chat: neither answers the other's question."""
        return self.asked.admits_sentence(other.made) and other.admits_sentence(self.asked.made)


def noted(fact):
    return NOTED["zh" if fact.asked.chinese else "en"] + fact.answer()


def _new_fact(chinese, known):
    """A fact that goes with those known, or None."""
    made = any_sentence(chinese, 0.7)
    asked = None if made.lead else of_sentence(made)
    return asked if asked and all(fact.admits(asked) for fact in known) else None


def _entries_beside(known, chinese, asked=None):
    """Entries that answer none of the facts' questions; () where none was found."""
    if asked:
        lines = distractors(asked, between(1, 4))
    else:
        lines = []
        for _ in range(between(1, 3)):
            other = _new_fact(chinese, known)
            lines += [other.line()] if other else []
    return entries(grouped(lines), chinese) if lines else ()


def _small_talk(chinese):
    asked, said = chat_turn(chinese)
    return [("user", asked), ("assistant", said)]


def _tell(chinese):
    messages, known = [], []
    count = pick((1, 1, 2, 2, 3, 4, 5))
    for _ in range(12):
        if len(known) == count:
            break
        asked = _new_fact(chinese, known)
        if not asked:
            continue
        fact = Told(asked)
        said, answered = fact.said, noted(fact)
        known.append(fact)
        if R() < 0.12 and not chinese and fact.text[-1] in ".!":
            second = _new_fact(False, known)
            if second:
                # two sentences in one message
                fact = Told(second)
                fact.text = second.text
                known.append(fact)
                said, answered = said + " " + fact.text, answered + " " + fact.answer()
        if R() < 0.12:
            said = with_context(_entries_beside(known, chinese), said)
        messages += [("user", said), ("assistant", answered)]
        if R() < 0.22:
            messages += _small_talk(chinese)
    return messages, known


def _ask_unknown(known, chinese):
    """Something that was never said; () where nothing fits."""
    for _ in range(4):
        asked = _new_fact(chinese, known)
        if asked and not any(alike(asked.text, fact.text) for fact in known):
            question = asked.typed()
            if R() < 0.3:
                question = with_context(_entries_beside(known, chinese, asked), question)
            return [("user", question), ("assistant", unknown(chinese))]
    return []


def conversation(rng):
    """Facts, other talk, then questions; now and then one that was never answered."""
    reseed(rng)
    chinese = R() < 0.18
    theme.renew(chinese, pick((0.3, 0.6, 0.8, 0.9)))
    messages, known = _tell(chinese)
    if R() < 0.25:
        messages += _small_talk(chinese)
    if R() < 0.05:
        asked, said = ood_turn(chinese)
        messages += [("user", asked), ("assistant", said)]
    wanted = known[:] if len(known) < 3 else [known.pop(between(0, len(known) - 1)) for _ in range(2)]
    everything = wanted + [fact for fact in known if fact not in wanted]
    for fact in wanted:
        if R() < 0.22:
            messages += _ask_unknown(everything, chinese)
            continue
        question = fact.asked.typed()
        if R() < 0.35:
            question = with_context(_entries_beside(everything, chinese, fact.asked), question)
        messages += [("user", question), ("assistant", fact.answer())]
        if R() < 0.15:
            messages += _small_talk(chinese)
    return with_system(system(), messages) if messages else conversation(rng)
