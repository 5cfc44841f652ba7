"""Memory within a chat: told, kept over other talk, asked in other words, corrected, and asked again.

The facts come from the families (statements and questions about one small situation); corrections.txt says how people tell, correct
and ask again.
"""
import re
from pathlib import Path

from . import concepts, corrections, families, labels, talk
from .chance import R, between, pick, reseed, shuffled
from .context import earlier
from .format import NOTED, UNK, UNKZH, cite, with_context
from .inflection import capital
from .questions import typed
from .sentence import answer, holds_first_person, lowered
from .slots import fill, slot_types

_FOLDER = Path(__file__).parent
# how many of the facts are made of concepts
_CONCEPTS = 0.25
_TYPES = slot_types()
_CITED = re.compile(r" \[\d+\]$")


def _sections():
    """Like `talk.sections`, but an empty line is a wording: nothing before what is said."""
    found, lines = {}, None
    for line in (_FOLDER / "corrections.txt").read_text(encoding="utf8").rstrip("\n").split("\n"):
        if line.startswith("# "):
            lines = found.setdefault(line[2:], [])
        else:
            lines.append(line)
    return found


_SAID = _sections()


class Fact:
    """A statement of a family with its values."""

    def __init__(self, family, number=None, values=None, text=None):
        self.family = family
        self.chinese = family.language == "zh"
        self.values = family.values() if values is None else values
        self.number = pick(sorted({i for fits in family.fits for i in fits})) if number is None else number
        self.text = family.statements[self.number].fill(self.values) if text is None else text

    def answer(self):
        return answer(self.text, holds_first_person(self.text, self.chinese), self.chinese)

    def names(self):
        return family_slots(self.family, self.number)

    def asked(self, slot=None):
        """The (slot, template) of questions that this statement answers; of those that ask for `slot` where there are any."""
        found = [question for question, fits in zip(self.family.questions, self.family.fits) if self.number in fits]
        return [question for question in found if question[0] == slot] or found

    def question(self, slot=None):
        """(slot, question)"""
        kind, template = pick(self.asked(slot))
        return kind, template.fill(self.values)

    def reworded(self):
        """The same fact in another statement that holds all that this one holds."""
        able = {i for fits in self.family.fits for i in fits}
        others = [i for i in range(len(self.family.statements)) if i in able and family_slots(self.family, i) >= self.names()]
        return Fact(self.family, pick(others), self.values)

    def corrected(self, slot):
        """The same statement with another value in one place, or None."""
        old = self.values[slot]
        for _ in range(5):
            new = pick(self.family.choices[slot]) if slot in self.family.choices else fill(slot, self.family.language)
            if families.alike(new, old) or new in self.text:
                continue
            vowel, was = new[0].lower() in "aeiou", old[0].lower() in "aeiou"
            text = self.text.replace(old, new)
            if vowel != was:  # "a van", "an ambulance"
                text = re.sub(rf"\b([Aa])n? (?={re.escape(new)})", r"\1n " if vowel else r"\1 ", text)
            return Fact(self.family, self.number, {**self.values, slot: new}, capital(text))
        return None

    def correctable(self):
        """The slots whose new value alone says what has changed: no other value in the sentence is of its kind."""
        found, names = [], self.names()
        for kind, _ in self.asked():
            if kind == "*" or kind in found or kind not in names:
                continue
            base = kind.rstrip("0123456789")
            if base in _TYPES and any(n != kind and n.rstrip("0123456789") == base for n in names):
                continue
            if self.text.count(self.values[kind]) == 1:
                found.append(kind)
        return found


def family_slots(family, number):
    return family.statements[number].slots


def other_family(taken, chinese, share=_CONCEPTS):
    """A family that is about none of those taken, or None where chance found none."""
    language = "zh" if chinese else "en"
    same = families.SAME[language]
    for _ in range(12):
        family = concepts.draw_any(language, share)
        if not any(family is one or families.nearness(family, one) >= same for one in taken):
            return family
    return None


def _lead(title, text):
    before = pick(_SAID[title])
    if not before:
        return text
    small = before[-2:] in (", ", "d ") and title == "lead" and text.split(" ")[0] in _QUESTION_WORDS
    return before + (text[0].lower() + text[1:] if small else text)


_QUESTION_WORDS = frozenset("What Where When Who How Which Why Whose Whom Is Are Does Do Did Can Must May Should Was Were In On At By Under".split())


def _told(fact):
    """How a fact is said."""
    if fact.chinese:
        return pick(_SAID["zh-tell"]).replace("{s}", fact.text) or fact.text
    wording = pick(_SAID["tell"])
    if not wording:
        text = fact.text
        k = R()
        if k < 0.1:
            return text.rstrip(".")
        return text[0].lower() + text[1:].rstrip(".") if k < 0.18 and lowered(text) != text else text
    text = wording.replace("{s}", lowered(fact.text)).replace("{S}", fact.text)
    if R() < 0.12:
        text = text[0].lower() + text[1:]
    return text.rstrip(".") + "?" if wording.startswith(("Can", "Could")) and R() < 0.5 else text.rstrip(".") if R() < 0.08 else text


def _acknowledged(facts):
    if facts[0].chinese:
        return NOTED["zh"] + "".join(fact.answer() for fact in facts)
    return NOTED["en"] + " ".join(_stopped(fact.answer()) for fact in facts)


def _stopped(text):
    return text if text[-1] in ".!?:;,…\"”)" else text + "."


def _noted(fact):
    return NOTED["zh" if fact.chinese else "en"] + fact.answer()


class Chat:
    """A chat as it grows: what was said, which facts hold now, which families were touched."""

    def __init__(self, chinese):
        self.chinese = chinese
        self.messages = []
        self.facts = []
        self.last = None  # the fact that was spoken of last, for corrections by its value alone
        self.touched = []

    def turn(self, said, answered):
        self.messages += [("user", said), ("assistant", answered)]

    def finished(self):
        """All messages; mostly as the agent shows a chat: entries stand before the newest message alone, and numbers are gone."""
        if R() < 0.4:
            return talk.with_system(talk.system(), self.messages)
        shown = []
        for i in range(0, len(self.messages), 2):
            (_, said), (_, answered) = self.messages[i : i + 2]
            if i + 2 == len(self.messages) or not said.startswith("Context:"):
                shown += self.messages[i : i + 2]
            elif _CITED.search(answered):
                shown += earlier(said, answered)
            else:
                shown += [earlier(said, answered)[0], ("assistant", answered)]
        return talk.with_system(talk.system(), shown)

    def new_fact(self):
        family = other_family(self.touched, self.chinese)
        if family is None:
            return None
        self.touched.append(family)
        return Fact(family)

    # --- telling

    def tell(self):
        fact = self.new_fact()
        if fact is None:
            return
        k = R()
        facts = [fact]
        if k < 0.14:
            self.tell_several(fact)
            return
        if k < 0.24:
            said = self.story(fact)
        else:
            said = _told(fact)
        if R() < 0.12:
            said = self.in_context(said)
        self.turn(said, _noted(fact))
        self.keep(facts)

    def tell_beside(self, fact):
        """Another thing about the same: it neither corrects the fact nor answers what will be asked of it."""
        family = fact.family
        free = [slot for slot in fact.correctable() if family.statements]
        lacking = [i for i, one in enumerate(family.statements) if free and i != fact.number and not one.slots & set(free)]
        if not lacking:
            return
        other = Fact(family, pick(lacking), fact.values)
        self.turn(_told(other), _noted(other))
        self.last = None

    def keep(self, facts):
        self.facts += facts
        self.last = facts[-1] if len(facts) == 1 else None

    def tell_several(self, first):
        facts = [first]
        for _ in range(pick((1, 1, 1, 2, 3))):
            fact = self.new_fact()
            if fact is not None:
                facts.append(fact)
        texts = [_stopped(fact.text) if not self.chinese else fact.text for fact in facts]
        k = R()
        if self.chinese:
            said = pick(("请记住：", "", "", "记一下：", "有几件事：")) + "".join(texts)
        elif k < 0.2:
            said = pick(("Please remember:", "Remember these:", "A few things:", "Notes for you:", "Remember the following:")) + "".join("\n- " + t for t in texts)
        elif k < 0.4:
            said = texts[0] + "".join(pick((" Also, ", " And ", " Besides, ", " Oh, and ")) + lowered(t) for t in texts[1:])
        else:
            said = pick(("", "", "Please remember: ", "FYI: ", "Two things: " if len(facts) == 2 else "A few things: ")) + " ".join(texts)
        self.turn(said, _acknowledged(facts))
        self.keep(facts)

    def story(self, fact):
        """The fact among words that say nothing."""
        chatter = _SAID["zh-chatter" if self.chinese else "chatter"]
        before, after = between(0, 2), between(0, 2)
        sentences = [pick(chatter) for _ in range(before)] + [_stopped(fact.text)] + [pick(chatter) for _ in range(after)]
        return ("" if self.chinese else " ").join(sentences)

    # --- correcting

    def correct(self):
        """Another value for the fact spoken of last, by the value alone; or for any fact, by saying all of it anew."""
        known = self.last if self.last is not None and R() < 0.65 else pick(self.facts)
        slots_ = known.correctable()
        if not slots_:
            return
        slot = pick(slots_)
        new = known.corrected(slot)
        if new is None:
            return
        z = "zh-" if self.chinese else ""
        k = R()
        directly = known is self.last
        if R() < 0.6:
            if R() < 0.25:
                reworded = new.reworded()
                new = reworded if new.values[slot] in reworded.text else new
            sort = slot.rstrip("0123456789")
            said = corrections.said(new.text, new.values[slot], known.values[slot], sort, self.chinese, directly)
        elif directly and k < 0.7:
            wording = pick(_SAID[z + ("value" if k < 0.45 else "both")])
            said = wording.replace("{v}", new.values[slot]).replace("{w}", known.values[slot])
            said = said[0].upper() + said[1:] if R() < 0.5 else said
        else:
            if R() < 0.3:
                new = new.reworded()
            if not new.correctable():
                return
            said = pick(_SAID[z + "full"])
            if not self.chinese:
                text = lowered(new.text) if not said.startswith("{s}") and said[said.index("{s}") - 2] in ",t" else new.text
            else:
                text = new.text
            said = said.replace("{s}", _stopped(text) if said.startswith("{s}") else text)
        self.turn(said, _noted(new))
        self.facts = [new if fact is known else fact for fact in self.facts]
        self.last = new

    # --- asking

    def asking(self, question):
        """The question as it is typed, now and then with words before it."""
        return typed(_lead("zh-lead" if self.chinese else "lead", question) if R() < 0.5 else question, self.chinese)

    def ask(self, fact=None, slot=None):
        fact = fact or pick(self.facts)
        k = R()
        if k < 0.1 and self.ask_about(fact):
            return
        said = self.asking(fact.question(slot)[1])
        answered = fact.answer()
        if R() < 0.4:
            said, answered = self.asked_in_context(fact, said, answered)
        self.turn(said, answered)
        self.last = fact

    def ask_about(self, fact):
        """By a name in the fact; only when no other fact holds it."""
        keys = [n for n in fact.names() if n.rstrip("0123456789") in _ABOUT]
        if not keys:
            return False
        value = fact.values.get(pick(keys))
        if not value or any(value in other.text for other in self.facts if other is not fact):
            return False
        base = value if self.chinese or value[0].isupper() or value.startswith(("the ", "room ")) else "the " + value
        said = pick(_SAID["zh-about" if self.chinese else "about"]).replace("{k}", base)
        self.turn(said[0].upper() + said[1:], fact.answer())
        self.last = fact
        return True

    def ask_all(self):
        if not 1 < len(self.facts) < 6:
            return
        answers = [fact.answer() for fact in self.facts]
        said = pick(_SAID["zh-all" if self.chinese else "all"])
        self.turn(said, "".join(answers) if self.chinese else " ".join(_stopped(text) for text in answers))
        self.last = None

    def ask_unknown(self):
        """What was never said: about a fact's own topic, or about another."""
        owners = [fact for fact in self.facts if fact.family.unanswered]
        if owners and R() < 0.6:
            fact = pick(owners)
            said = pick(fact.family.unanswered).fill(fact.values)
        else:
            family = other_family(self.touched, self.chinese)
            if family is None:
                return
            self.touched.append(family)
            said = Fact(family).question()[1]
        said = self.asking(said)
        if R() < 0.3:
            said = self.in_context(said)
        self.turn(said, UNKZH if self.chinese else UNK)
        self.last = None

    # --- contexts

    def entries(self, count):
        """Facts of families that this chat is not about."""
        found = []
        for _ in range(count):
            family = other_family(self.touched, self.chinese)
            if family is not None:
                found.append(Fact(family))
        return found

    def in_context(self, said):
        return with_context([(label(self.chinese), fact.text) for fact in self.entries(between(1, 5))], said)

    def asked_in_context(self, fact, said, answered):
        """What was recalled for the question: other things, an older version of the fact, or the fact itself, which is then cited."""
        others = [(label(self.chinese), one.text) for one in self.entries(between(0, 4))]
        k = R()
        slots_ = fact.correctable() if k < 0.4 else ()
        older = fact.corrected(pick(slots_)) if slots_ else None
        if older is not None:
            others.append((labels.memory() if R() < 0.8 else label(self.chinese), older.text))
        here = None
        if k > 0.8 or (older is not None and R() < 0.3):
            here = (labels.memory(), fact.text)
            others.append(here)
        others = shuffled(others)
        if not others:
            return said, answered
        return with_context(others, said), cite(answered, others.index(here) + 1) if here else answered

    def context_turn(self):
        """A question that the entries answer, or don't, though the chat holds facts of its own."""
        family = other_family(self.touched, self.chinese)
        if family is None:
            return
        fact = Fact(family)
        taken = [*self.touched, family]
        others = []
        for _ in range(pick((0, 1, 1, 2, 3, 4))):
            other = other_family(taken, self.chinese)
            if other is not None:
                taken.append(other)
                others.append((label(self.chinese), Fact(other).text))
        said = fact.question()[1]
        if R() < 0.8 or not others:
            here = (label(self.chinese), fact.text)
            others = shuffled([*others, here])
            answered = cite(fact.answer(), others.index(here) + 1)
            self.last = fact
        else:
            answered = UNKZH if self.chinese else UNK
            self.last = None
        self.turn(with_context(others, self.asking(said)), answered)
        if self.last is fact and R() < 0.25:
            self.facts.append(fact)
            self.correct_cited(fact)

    def correct_cited(self, fact):
        """The person puts an entry right; from then on it is a fact of the chat."""
        before = len(self.messages)
        self.touched.append(fact.family)
        self.correct()
        if fact in self.facts:  # not corrected, so not a fact of the chat
            self.facts.remove(fact)
            if len(self.messages) > before:
                self.last = None

    # --- other talk

    def other(self):
        k = R()
        if k < 0.42:
            self.turn(*talk.chat_turn(self.chinese, clock=False))
        elif k < 0.56:
            self.turn(*talk.ood_turn(self.chinese))
        elif k < 0.62:
            self.turn(*talk.echo_turn(self.chinese))
        else:
            self.context_turn()
            return
        self.last = None

    # --- two alike

    def alike(self):
        """Two facts of one family about different things; one may change, the other stays."""
        for _ in range(8):
            family = other_family(self.touched, self.chinese)
            if family is None:
                return
            one = Fact(family)
            keyed = [question for question in one.asked() if question[0] != "*" and question[1].slots]
            if not keyed:
                continue
            slot, template = pick(keyed)
            keys = template.slots
            two = Fact(family, one.number, {**family.values(), **{name: one.values[name] for name in one.values if name[0] == "@"}})
            if families.alike(one.values[slot], two.values[slot]) or one.text == two.text:
                continue
            if any(one.values[key].lower() in two.text.lower() or two.values[key].lower() in one.text.lower() for key in keys):
                continue
            break
        else:
            return
        self.touched.append(family)
        pair = [one, two]
        for fact in pair:
            self.turn(_told(fact), _noted(fact))
            self.facts.append(fact)
            self.last = fact
            if R() < 0.2:
                self.other()
        changed = pick((None, 0, 1, 1))
        if changed is not None:
            known = pair[changed]
            if known is not self.last:
                self.turn(template.fill(known.values), known.answer())
                self.last = known
            if slot in known.correctable():
                new = known.corrected(slot)
                if new is not None:
                    z = "zh-" if self.chinese else ""
                    k = R()
                    if k < 0.35:
                        said = pick(_SAID[z + "value"]).replace("{v}", new.values[slot])
                    elif k < 0.6:
                        said = pick(_SAID[z + "both"]).replace("{v}", new.values[slot]).replace("{w}", known.values[slot])
                    else:
                        said = pick(_SAID[z + "full"]).replace("{s}", new.text)
                    self.turn(said, _noted(new))
                    self.facts = [new if fact is known else fact for fact in self.facts]
                    self.last = new
                    pair[changed] = new
        for _ in range(pick((0, 0, 1, 2, 4))):
            self.other()
        for fact in shuffled(pair):
            questions = [question for _, question in fact.asked() if question.slots == keys]
            self.turn(self.asking(pick(questions).fill(fact.values)), fact.answer())
            self.last = fact


_ABOUT = frozenset("person firm room device thing project event place team product vehicle food".split())


def label(chinese):
    """Where an entry comes from: memory or a document."""
    k = R()
    return labels.memory() if k < 0.4 else labels.document(chinese=chinese) if k < 0.97 else labels.elsewhere()


def conversation(rng):
    """A chat of two to some twenty-five turns."""
    reseed(rng)
    chat = Chat(R() < 0.22)
    k = R()
    if k < 0.2:
        chat.alike()
        if R() < 0.4:
            chat.ask_unknown()
        return chat.finished() if chat.messages else conversation(rng)
    between_turns = pick((0, 0, 0, 1, 1, 2, 3, 5)) if k < 0.86 else between(6, 20)
    for _ in range(pick((1, 1, 2, 2, 3, 4))):
        chat.tell()
        if chat.facts and R() < 0.3:
            chat.correct()
        if chat.facts and R() < 0.08:
            chat.tell_beside(chat.facts[-1])
        if R() < 0.3 and between_turns:
            chat.other()
            between_turns -= 1
        if chat.last is not None and R() < 0.15:
            chat.ask(chat.last)
            if R() < 0.5:
                chat.correct()
    if not chat.facts:
        return conversation(rng)
    for _ in range(between_turns):
        chat.other()
        if R() < 0.12:
            chat.correct()
    for _ in range(pick((1, 2, 2, 3, 3, 4))):
        k = R()
        if k < 0.68:
            fact = pick(chat.facts)
            chat.ask(fact)
            if R() < 0.12:
                chat.ask(fact)
            if R() < 0.12 and chat.last is not None:
                chat.correct()
                chat.ask(chat.last)
        elif k < 0.88:
            chat.ask_unknown()
        elif k < 0.92:
            chat.ask_all()
        else:
            chat.context_turn()
    return chat.finished()
