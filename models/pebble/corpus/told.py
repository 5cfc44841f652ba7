"""Told in the chat, asked later: sentences of the open grammar, acknowledged, then given back without a number."""
import re

from . import corrections, kinds
from .asked import Asked, alike, any_sentence, of_sentence
from .chance import R, between, pick, reseed
from .context import unknown
from .distractors import distractors
from .entries import entries, grouped
from .format import NOTED, with_context
from .inflection import capital
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


# kinds of words that get corrected, and the sort of slot they are
_CORRECTED = {
    kinds.NAME: "person", kinds.CLOCK: "time", kinds.DATE: "date", kinds.MONEY: "money", kinds.CODE: "code", kinds.NUMBER: "num", kinds.MEASURE: "amount",
    kinds.DURATION: "duration", kinds.SPOT: "place", kinds.CITY: "city", kinds.PHONE: "phone", kinds.MAIL: "email", kinds.COUNT: "count", kinds.COLOUR: "color",
    kinds.FIRM: "firm", kinds.ROOM: "room", kinds.WEEKDAY: "day", kinds.ROLE: "role", kinds.FOOD: "food", kinds.ZH_PLACE: "place", kinds.ZH_PERSON: "person",
    kinds.ZH_TIME: "time", kinds.ZH_MONEY: "money", kinds.ZH_COUNT: "num",
}


def _corrected(fact, directly):
    """(what is said, the fact as it is now), or None where nothing in it can be put right without being asked for by name."""
    asked = fact.asked
    changeable = [(word, kind) for word, kind in asked.made.words
                  if kind in _CORRECTED and fact.text.count(word) == 1 and word.lower() not in asked.question.lower()]
    if not changeable:
        return None
    old, kind = pick(changeable)
    value = kinds.MAKERS[kind]()
    if value in fact.text or old in value:
        return None
    now = Asked()
    for name in Asked.__slots__:
        setattr(now, name, getattr(asked, name))
    now.text = asked.text.replace(old, value)
    now.made = asked.made.like(now.text)
    corrected = Told.__new__(Told)
    corrected.asked, corrected.text, corrected.said = now, fact.text.replace(old, value), None
    return corrections.said(corrected.text, value, old, _CORRECTED[kind], asked.chinese, directly), corrected


def _another(fact):
    """A fact of the same make about something else, told beside the first: both hold. None where the question names nothing."""
    asked = fact.asked
    words = [(word, kind) for word, kind in asked.made.words if asked.text.count(word) == 1]
    named = [(word, kind) for word, kind in words if kind in kinds.SUBJECTS and asked.question.lower().count(word.lower()) == 1]
    told = [(word, kind) for word, kind in words if kind in _CORRECTED and word.lower() not in asked.question.lower()]
    if not named or not told:
        return None
    text, question, (word, kind) = asked.text, asked.question, pick(named)
    other = kinds.MAKERS[kind]()
    if other.lower() in text.lower() or word.lower() in other.lower():
        return None
    for old, new in [(word, other)] + [(old, kinds.MAKERS[sort]()) for old, sort in told if old != word and old not in word and word not in old]:
        text = text.replace(old, new)
    shown = other if word in question else other.lower()
    question = question.replace(word, shown) if word in question else question.replace(word.lower(), shown)
    if question == asked.question or text == asked.text or capital(text) != text and asked.text[0].isupper():
        return None
    beside = Asked()
    for name in Asked.__slots__:
        setattr(beside, name, getattr(asked, name))
    beside.text, beside.question, beside.made = text, question, asked.made.like(text)
    return Told(beside)


def _correct(messages, known, directly):
    """Puts one of the facts right, where one can be."""
    fact = known[-1] if directly else pick(known)
    made = _corrected(fact, directly)
    if made:
        said, corrected = made
        known[known.index(fact)] = corrected
        messages += [("user", said), ("assistant", noted(corrected))]


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
            _correct(messages, known, True)
        elif R() < 0.25 and len(fact.asked.made.words) > 1:
            other = _another(known[-1])
            if other and not any(other.text == one.text for one in known):
                messages += [("user", other.said), ("assistant", noted(other))]
                known.append(other)
                if R() < 0.3:
                    _correct(messages, known, True)
        if R() < 0.22:
            messages += _small_talk(chinese)
    if known and R() < 0.25:
        _correct(messages, known, False)
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
