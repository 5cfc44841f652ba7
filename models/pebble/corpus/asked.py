"""A question with the sentence that answers it, of the grammar or of a family; and which other sentences may stand beside that."""
from . import chinese as zh
from . import concepts
from . import english as en
from . import families
from .chance import R, pick
from .entries import Line
from .matching import holds
from .questions import ask, typed
from .sentence import answer, holds_first_person


# the share of families that are made of concepts
CONCEPTS = 0.4


class Asked:
    """`text` is the sentence that answers; `made` is it of the grammar, or `situation` the family's with the question's number `index`."""

    __slots__ = ("question", "text", "chinese", "stems", "kind", "made", "situation", "index", "slot")

    @property
    def first_person(self):
        return holds_first_person(self.text, self.chinese)

    def line(self):
        lead = self.made.lead if self.made else None
        return Line(self.text, self.chinese, lead, self.first_person, True)

    def answer(self, text=None):
        return answer(text or self.text, self.first_person, self.chinese)

    def typed(self):
        return typed(self.question, self.chinese)

    def admits_sentence(self, other):
        """Whether a sentence of the grammar may stand beside it: it must not answer."""
        if self.situation:
            family = self.situation.family
            shared = set(families.content(other.text, family.language)) & family.words.keys()
            weight = families.NEARNESS[family.language].weight
            return sum(weight.get(word, 9) > 2 for word in shared) < 2
        if other.kinds == "*" and self.made.kinds == "*" and not self.chinese and alike(other.text, self.text):
            return False
        if not holds(other.text.lower(), self.stems):
            return True
        return self.kind in "tpwmnyhc" and self.kind not in other.kinds and "*" not in other.kinds

    def admits_statement(self, family, statement, text):
        """Whether a statement of another family may stand beside it."""
        if not self.situation:
            return not holds(text.lower(), self.stems)
        mine = self.situation.family
        if family is mine:
            return False
        near = families.nearness(mine, family)
        if near < families.NEAR[mine.language]:
            return True
        return near < 2 * families.SAME[mine.language] and not families.could_answer(statement, self.slot, mine)


def alike(one, other):
    """Two sentences that begin alike."""
    return one.split(" ", 2)[:2] == other.split(" ", 2)[:2]


def of_sentence(made):
    """A question for a sentence of the grammar, or None where its question says nothing."""
    asked = Asked()
    asked.question, asked.stems, asked.kind = ask(made)
    asked.text, asked.chinese, asked.made, asked.situation = made.text, made.chinese, made, None
    asked.index = asked.slot = None
    return asked if asked.stems else None


def of_situation(situation, index=None, statement=None):
    """A question of a family and one of the statements that answer it."""
    family = situation.family
    asked = Asked()
    asked.index = int(R() * len(family.questions)) if index is None else index
    asked.slot, question = family.questions[asked.index]
    asked.question = question.fill(situation.values)
    i = pick(family.fits[asked.index]) if statement is None else statement
    asked.text = family.statements[i].fill(situation.values)
    asked.chinese = family.language == "zh"
    asked.made, asked.situation = None, situation
    asked.stems, asked.kind = None, "*"
    return asked


def any_sentence(chinese, personal=0.3):
    return zh.sentence(personal) if chinese else en.sentence()


def from_grammar(chinese):
    """A question about a sentence of the grammar; three in a hundred have their subject in the sentence before."""
    while True:
        made = any_sentence(chinese) if chinese or R() >= 0.03 else en.sentence_with_lead()
        asked = of_sentence(made)
        if asked:
            return asked


def from_families(chinese):
    return of_situation(families.Situation(concepts.draw_any("zh" if chinese else "en", CONCEPTS)))


