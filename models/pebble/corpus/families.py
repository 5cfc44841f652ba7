"""Families (families/*.txt): statements and questions about one small situation that mean the same in other words.

families/README.md describes the format. A family filled with values is a Situation; it says statements and asks questions.
"""
import math
import re
from collections import Counter, defaultdict
from pathlib import Path

from . import slots
from .chance import R, pick
from .inflection import capital
from .matching import stem
from .stock import STOP_WORDS

_FOLDER = Path(__file__).parent / "families"
_SLOT = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[一-鿿]")
_LINE = re.compile(r"(S|N|Q ([a-z]+\d?|\*)): (.+)$")


class Template:
    """A sentence with slots, read once. `slots` are the names of those that have one."""

    __slots__ = ("parts", "slots", "text")

    def __init__(self, text):
        self.text = text
        self.parts = []
        end = 0
        for match in _SLOT.finditer(text):
            self.parts.append((text[end : match.start()], match.group(1)))
            end = match.end()
        self.parts.append((text[end:], None))
        # choices without a name and the phrases of concepts (@…) are nobody's to ask for
        self.slots = frozenset(slot.split("=")[0] for _, slot in self.parts if slot and slot[0] not in "=@")

    def fill(self, values):
        said = []
        for literal, slot in self.parts:
            said.append(literal)
            if not slot:
                continue
            value = pick(slot[1:].split("|")) if slot[0] == "=" else values[slot.split("=")[0]]
            # "a {thing}": the article is written for a consonant
            if value[:1] in "aeiou" and (literal.endswith(" a ") or literal in ("a ", "A ")):
                said[-1] = literal[:-1] + "n "
            said.append(value)
        return capital("".join(said))


class Family:
    """One situation: `choices` are slots whose values the family itself lists, `fits[q]` the statements that answer question q."""

    # its place among the families of its language; None for one that is made of a concept (concepts.py), which names that
    index = None
    concept = None
    # what a concept's family is about: its words without those of the frame
    own = None
    # families about the same topic and the words of each statement, once they are known
    near = None
    statement_words = None

    def __init__(self, title, language):
        self.title = title
        self.language = language
        self.statements, self.questions, self.unanswered = [], [], []
        self.choices = {}

    def add(self, kind, slot, text):
        template = Template(text)
        if kind == "S":
            self.statements.append(template)
            for _, name in template.parts:
                if name and "=" in name and not name.startswith("="):
                    name, values = name.split("=")
                    self.choices[name] = values.split("|")
        elif kind == "N":
            self.unanswered.append(template)
        else:
            self.questions.append((slot, template))

    def finish(self):
        names = {name for template in self._templates() for name in template.slots}
        self.slots = sorted(names - set(self.choices))
        self.fits = [
            [i for i, statement in enumerate(self.statements) if template.slots | ({slot} - {"*"}) <= statement.slots]
            for slot, template in self.questions
        ]
        self.words = Counter()
        for template in self._templates():
            self.words.update(set(content(_SLOT.sub(" ", template.text), self.language)))

    def _templates(self):
        return self.statements + self.unanswered + [template for _, template in self.questions]

    def values(self):
        """A fresh value for every slot; two of a type are never the same."""
        made = {}
        for name in self.slots:
            made[name] = slots.fill(name, self.language)
            if name[-1].isdigit():
                for _ in range(4):
                    if made[name] not in [value for other, value in made.items() if other != name]:
                        break
                    made[name] = slots.fill(name, self.language)
        for name, values in self.choices.items():
            made[name] = pick(values)
        return made


def content(text, language):
    """What a text is about: stems of its English words, pairs of its Chinese characters."""
    if language == "zh":
        han = _HAN.findall(text)
        return [a + b for a, b in zip(han, han[1:])]
    return [stem(word)[0] for word in _WORD.findall(text.lower()) if word not in STOP_WORDS and len(word) > 2]


def read(path):
    """The families of one file. @raises ValueError with file and line where it doesn't follow the format"""
    language = path.name.split("-")[0]
    families, family = [], None
    for number, line in enumerate(path.read_text(encoding="utf8").split("\n"), 1):
        if not line.strip():
            family = None
        elif line.startswith("# "):
            family = Family(line[2:].strip(), language)
            families.append(family)
        else:
            match = _LINE.match(line)
            if not match or family is None:
                raise ValueError(f"{path.name}:{number}: not a line of a family: {line}")
            family.add(match[1][0], match[2], match[3])
    for family in families:
        family.finish()
        for (_, template), fits in zip(family.questions, family.fits):
            if not fits:
                raise ValueError(f"{path.name}: {family.title}: no statement answers: {template.text}")
    return families


def _read_all():
    paths = sorted(path for path in _FOLDER.glob("[ez][nh]-*.txt") if not path.name.startswith("synonyms"))
    return [family for path in paths for family in read(path)]


ALL = _read_all()
BY_LANGUAGE = {language: [family for family in ALL if family.language == language] for language in ("en", "zh")}


# above the first another family may say the same thing, above the second it is about the same topic (read off ranked pairs)
SAME = {"en": 0.2, "zh": 0.1}
NEAR = {"en": 0.07, "zh": 0.03}


class _Nearness:
    """How much families are about the same: rare words that they share, as a share of all of the smaller one's."""

    def __init__(self, families):
        self.families = families
        holders = defaultdict(list)
        for i, family in enumerate(families):
            family.index = i
            for word in family.words:
                holders[word].append(i)
        self.holders = holders
        self.weight = {word: math.log((len(families) + 1) / len(indexes)) for word, indexes in holders.items()}
        self.total = [sum(self.weight[word] for word in family.words) or 1.0 for family in families]
        self.known = {}

    def of(self, family):
        """{index of the other family: nearness between 0 and 1}, only of those about the same topic."""
        i = family.index
        found = self.known.get(i)
        if found is None:
            shared = defaultdict(float)
            for word in family.words:
                weight = self.weight[word]
                if weight < 2:
                    continue
                for j in self.holders[word]:
                    shared[j] += weight
            near = NEAR[family.language]
            scores = ((j, s / min(self.total[i], self.total[j])) for j, s in shared.items() if j != i)
            found = {j: score for j, score in scores if score >= near}
            self.known[i] = found
        return found

    def groups(self, least):
        """For each family the first of those it hangs together with by pairs of at least this nearness."""
        first = list(range(len(self.families)))

        def root(i):
            while first[i] != i:
                first[i] = first[first[i]]
                i = first[i]
            return i

        for family in self.families:
            for j, score in self.of(family).items():
                if score >= least:
                    first[root(family.index)] = root(j)
        return [self.families[root(i)].title for i in range(len(first))]


NEARNESS = {language: _Nearness(families) for language, families in BY_LANGUAGE.items()}
# above it they answer each other's questions, as far as an embedder can tell
_ONE_GROUP = {"en": 0.4, "zh": 0.15}
_groups_known = {}


def group(family):
    """A name that families share whose statements may answer each other's questions."""
    if family.concept:
        return f"{family.language} {family.concept[:2]}"
    if family.language not in _groups_known:
        _groups_known[family.language] = NEARNESS[family.language].groups(_ONE_GROUP[family.language])
    return f"{family.language} {_groups_known[family.language][family.index]}"


def nearness(one, other):
    """How much two families are about the same, between 0 and 1."""
    if one.language != other.language:
        return 0.0
    if one.concept and other.concept and one.concept[:2] == other.concept[:2]:
        # the same thing in another frame may answer what asks for the same sort of value
        return 1.0 if one.concept == other.concept else 1.5 * SAME[one.language]
    if one.index is not None and other.index is not None:
        return NEARNESS[one.language].of(one).get(other.index, 0.0)
    weight = NEARNESS[one.language].weight
    shared = (one.own or one.words.keys()) & (other.own or other.words.keys())
    # of a made family only its own words tell: one that is rare is enough to keep the two apart
    return SAME[one.language] if any(weight.get(word, 5) > 4 for word in shared) else 0.0


def sharing(question, language):
    """(family, statement) whose statement holds a telling word of the question; None where there is none."""
    near = NEARNESS[language]
    words = [word for word in content(question, language) if near.weight.get(word, 0) > 2]
    if not words:
        return None
    word = pick(words)
    family = near.families[pick(near.holders[word])]
    if family.statement_words is None:
        family.statement_words = [frozenset(content(_SLOT.sub(" ", one.text), language)) for one in family.statements]
    holding = [i for i, held in enumerate(family.statement_words) if word in held]
    return (family, family.statements[pick(holding)]) if holding else None


def neighbours(family):
    """Families about the same topic that don't say the same, nearest first; remembered."""
    if family.near is None:
        near = NEARNESS[family.language]
        ranked = sorted(((score, j) for j, score in near.of(family).items() if score < SAME[family.language]), reverse=True)
        family.near = [near.families[j] for _, j in ranked[:12]]
    return family.near


# slots whose values answer the same kind of question
_GROUPS = {}
for _group in (
    "person first firm role team department brand", "time date day month season year freq duration age", "place room city country address",
    "code phone email url plate file", "num count percent amount length weight temperature size age money",
):
    for _type in _group.split():
        _GROUPS.setdefault(_type, set()).update(_group.split())


def same_sort(slot):
    """The types of slot that could answer a question for this one."""
    bare = slot.rstrip("0123456789")
    return _GROUPS.get(bare, {bare})


def could_answer(statement, slot, family):
    """Whether a statement of another family holds a value of the sort that is asked for."""
    if slot == "*" or slot in family.choices:
        return True
    sort = same_sort(slot)
    return any(name.rstrip("0123456789") in sort for name in statement.slots)


def draw(language):
    """Any family of a language."""
    return pick(BY_LANGUAGE[language])


class Situation:
    """A family with values."""

    __slots__ = ("family", "values")

    def __init__(self, family, values=None):
        self.family = family
        self.values = values or family.values()

    def say(self, i=None):
        """Statement i, or any."""
        statements = self.family.statements
        return (statements[i] if i is not None else pick(statements)).fill(self.values)

    def ask(self):
        """(question, its index); half of the time for one of few statements, so that rare ones are asked too."""
        i = int(R() * len(self.family.questions))
        return self.family.questions[i][1].fill(self.values), i

    def elsewhere(self, question):
        """The same situation with other values for the keys of a question (at least one of them), or None where it has no key."""
        keys = sorted(self.family.questions[question][1].slots)
        if not keys:
            return None
        changed = [key for key in keys if R() < 0.6] or [pick(keys)]
        values = self.family.values()
        for key in keys:
            if key not in changed:
                values[key] = self.values[key]
            elif alike(values[key], self.values[key]):
                return None
        return Situation(self.family, values), changed


def alike(one, other):
    """The same value, or one that holds the other: "Anna" and "Anna Weber"."""
    one, other = one.lower(), other.lower()
    return one in other or other in one
