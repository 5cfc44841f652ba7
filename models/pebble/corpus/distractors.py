"""Sentences that stand beside the one that answers and don't: near misses first, so that only reading decides."""
from . import concepts, families
from .asked import any_sentence
from .chance import R, pick
from .english import sentence, sibling
from .entries import Line
from .sentence import holds_first_person


def distractors(asked, count, siblings=True):
    """Up to so many lines; none answers, no two are the same."""
    lines, seen = [], {asked.text}
    for _ in range(3 * count + 4):
        if len(lines) >= count:
            break
        line = _near_family(asked, siblings) if asked.situation else _near_sentence(asked, siblings)
        if line and line.text not in seen:
            seen.add(line.text)
            lines.append(line)
    return lines


def _line(text, chinese):
    return Line(text, chinese, None, holds_first_person(text, chinese))


def _near_sentence(asked, siblings):
    """For a question of the grammar: the same sentence about something else, itself without what is asked for, or another."""
    made, k = asked.made, R()
    chinese = asked.chinese
    if k < 0.26 and siblings:
        other = sibling(made)
    elif k < 0.3 and siblings and asked.kind in "tpwmnyhc" and made.without and made.without != made.text:
        other = made.like(made.without)
        other.kinds = made.kinds.replace(asked.kind, "")
    elif k < 0.44 and made.phrases and not chinese:
        other = sentence(pick(made.phrases))
    elif k < 0.58:
        return _of_families(asked, families.draw("zh" if chinese else "en"))
    else:
        other = any_sentence(chinese if R() < 0.95 else not chinese)
    if other is None or other.lead or not asked.admits_sentence(other):
        return None
    return Line(other.text, other.chinese, None, other.first_person)


def _of_families(asked, family):
    values = family.values()
    statement = pick(family.statements)
    text = statement.fill(values)
    return _line(text, family.language == "zh") if asked.admits_statement(family, statement, text) else None


def _near_family(asked, siblings):
    """For a question of a family: the family itself about somebody else, families about the same topic, any other."""
    k, situation = R(), asked.situation
    family = situation.family
    if k < 0.28 and siblings:
        return about_another(asked)
    if k < 0.36 and siblings and asked.slot != "*":
        return beside_the_point(asked)
    if R() < 0.15:
        return of_the_same(asked)
    if family.concept and k < 0.75:
        return _of_families(asked, concepts.same_thing(family) if k < 0.5 else concepts.same_frame(family))
    if k < 0.55:
        near = families.neighbours(family)
        return _of_families(asked, pick(near)) if near else None
    if k < 0.75:
        return sharing_words(asked)
    if k < 0.88:
        return _of_families(asked, families.draw(family.language))
    other = any_sentence(asked.chinese)
    if other.lead or not asked.admits_sentence(other):
        return None
    return Line(other.text, other.chinese, None, other.first_person)


def sharing_words(asked):
    """A statement that has a word of the question and is about something else: what a search by words would find."""
    found = families.sharing(asked.question, asked.situation.family.language)
    if not found:
        return None
    family, statement = found
    text = statement.fill(family.values())
    return _line(text, asked.chinese) if asked.admits_statement(family, statement, text) else None


def about_another(asked):
    """A statement of the same family in which another person, place or thing stands where the question names one."""
    found = asked.situation.elsewhere(asked.index)
    if not found:
        return None
    situation, changed = found
    family = situation.family
    telling = [i for i in family.fits[asked.index] if family.statements[i].slots & set(changed)]
    return _line(situation.say(pick(telling)), asked.chinese) if telling else None


def beside_the_point(asked):
    """A statement of the same situation that lacks what is asked for."""
    family = asked.situation.family
    lacking = [i for i, statement in enumerate(family.statements) if asked.slot not in statement.slots]
    return _line(asked.situation.say(pick(lacking)), asked.chinese) if lacking else None


def like_it(asked):
    """For a concept: another one in the same frame, often of the same topic."""
    return _of_families(asked, concepts.same_frame(asked.situation.family))


def of_the_same(asked):
    """Something else about the person, place or thing that the question names: it has the name and not the answer."""
    situation = asked.situation
    if asked.index is None:
        return None
    named = [key for key in situation.family.questions[asked.index][1].slots if key.rstrip("0123456789") in _NAMES]
    if not named:
        return None
    key = pick(sorted(named))
    sort = key.rstrip("0123456789")
    for _ in range(6):
        family = families.draw(situation.family.language)
        able = [i for i, one in enumerate(family.statements) if any(slot.rstrip("0123456789") == sort for slot in one.slots)]
        if not able:
            continue
        statement = family.statements[pick(able)]
        slot = pick(sorted(slot for slot in statement.slots if slot.rstrip("0123456789") == sort))
        text = statement.fill({**family.values(), slot: situation.values[key]})
        return _line(text, asked.chinese) if asked.admits_statement(family, statement, text) else None
    return None


_NAMES = frozenset("person first firm role team place room device thing project event product vehicle animal department food brand".split())
