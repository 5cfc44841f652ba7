"""Passages that read like documents: sentences about one topic as prose, list or steps, under a heading; one of them is wanted."""
from . import families, labels
from .asked import any_sentence
from .chance import R, between, pick, shuffled
from .distractors import about_another, beside_the_point
from .english import sentence
from .entries import Line, closed, heading
from .format import document_label
from .inflection import capital
from .noun_phrases import said
from .sentence import holds_first_person, lowered

_CONNECTIVES = ("Also, ", "Please note: ", "In addition, ", "Besides, ", "By the way, ", "Otherwise ", "Note: ", "Then ", "Furthermore, ")
_ZH_CONNECTIVES = ("另外，", "请注意：", "此外，", "同时，", "注意：", "还有，")


def beside(asked, count):
    """Lines that go with the one that answers: of the same topic where there are such, near misses among them."""
    lines, seen = [], {asked.text}
    for _ in range(4 * count + 4):
        if len(lines) == count:
            break
        line = _beside(asked)
        if line and line.text not in seen:
            seen.add(line.text)
            lines.append(line)
    return lines


def _beside(asked):
    k = R()
    if not asked.situation:
        made = sentence(pick(asked.made.phrases)) if asked.made.phrases and not asked.chinese and k < 0.7 else any_sentence(asked.chinese)
        return None if made.lead or not asked.admits_sentence(made) else Line(made.text, made.chinese, None, made.first_person)
    if k < 0.08:
        return about_another(asked)
    if k < 0.16 and asked.slot != "*":
        return beside_the_point(asked)
    family = asked.situation.family
    near = families.neighbours(family)
    other = pick(near) if near and k < 0.8 else families.draw(family.language)
    statement = pick(other.statements)
    text = statement.fill(other.values())
    if not asked.admits_statement(other, statement, text):
        return None
    return Line(text, asked.chinese, None, holds_first_person(text, asked.chinese))


class Document:
    """A file whose passages follow one another."""

    def __init__(self, chinese):
        self.chinese = chinese
        self.name = labels.file_name(chinese)
        self.paged = R() < 0.65
        self.page = between(1, 60)
        self.form = pick(("prose", "prose", "prose", "list", "steps", "headed"))

    def label(self):
        self.page += between(0, 2)
        return document_label(self.name, self.page if self.paged else None)

    def passage(self, lines, title=None):
        """One line of text; a sentence keeps its own mark, for that is what an answer copies."""
        for line in lines:
            line.text = closed(line.text, line.chinese)
        form = self.form if R() < 0.7 else "prose"
        title = title or heading()
        if form == "list":
            mark = pick(("- ", "- ", "• ", "* "))
            text = " ".join(mark + line.text for line in lines)
            return text if self.chinese or R() < 0.5 else f"{title}: {text}"
        if form == "steps":
            first = between(1, 4) if R() < 0.2 else 1
            return " ".join(f"{i}{'.' if R() < 0.9 else ')'} {line.text}" for i, line in enumerate(lines, first))
        for before, line in zip(lines, lines[1:]):
            if line.subject and before.subject and line.subject[0] == before.subject[0] and R() < 0.7:
                line.text = line.subject[1] + line.text[len(line.subject[0]) :]
        texts = [self._joined(line, i) for i, line in enumerate(lines)]
        text = ("" if self.chinese else " ").join(texts)
        return f"{title}. {text}" if form == "headed" and not self.chinese else text

    def _joined(self, line, i):
        text = line.lead + " " + line.text if line.lead else line.text
        # what is copied keeps its large letter
        if i == 0 or line.lead or line.wanted or R() > 0.06:
            return text
        if self.chinese:
            return pick(_ZH_CONNECTIVES) + text
        before = pick(_CONNECTIVES)
        return before + (text if before.endswith(": ") else lowered(text))


def laid(asked, lines, passages, title=None):
    """The lines spread over so many passages of one document or of several; returns (label, text) of each, lines numbered."""
    document = Document(asked.chinese)
    one = R() < 0.7
    groups = [[] for _ in range(passages)]
    for i, line in enumerate(lines):
        groups[i * passages // len(lines)].append(line)
    made = []
    for group in filter(None, groups):
        if not one:
            document = Document(asked.chinese)
        for line in group:
            line.number = len(made) + 1
        made.append((document.label(), document.passage(group, title)))
    return made


def with_answer(asked, count, passages, answerable=True):
    """Entries and the line that answers (or would)."""
    lines, line = beside(asked, count), asked.line()
    if answerable:
        lines.insert(between(0, len(lines)), line)
    if not lines:
        return None, line
    if asked.made and asked.made.phrases and not asked.chinese:
        _name_subjects(lines, asked.made.phrases)
    title = capital(asked.situation.family.title) if asked.situation and not asked.chinese and R() < 0.5 else None
    return laid(asked, lines, min(passages, len(lines)), title), line


def _name_subjects(lines, phrases):
    """Notes which lines begin with the same thing, so that a pronoun can stand for it in the second."""
    for phrase in phrases:
        if phrase.kind != "o":
            continue
        name, pronoun = capital(said(phrase)), "They" if phrase.plural else "It"
        for line in lines:
            if line.text.startswith(name + " ") and not line.lead:
                line.subject = (name, pronoun)
        if sum(line.subject is not None for line in lines) > 1 and R() < 0.6:
            # what is said of one thing stands together
            together = [line for line in lines if line.subject and line.subject[0] == name]
            rest = [line for line in lines if line not in together]
            at = between(0, len(rest))
            lines[:] = rest[:at] + together + rest[at:]


def shuffled_entries(made, line):
    """The passages in the order of how well they were found, not of the document."""
    order = shuffled(range(len(made)))
    if line.number:
        line.number = order.index(line.number - 1) + 1
    return [made[i] for i in order]
