"""Pairs for the embedder: a question, a passage that answers it, and one that looks as if it did."""
from . import concepts, families, labels
from .asked import CONCEPTS, any_sentence, from_grammar, of_situation
from .chance import R, between, pick, reseed, shuffled
from .distractors import about_another, beside_the_point, distractors, sharing_words
from .entries import closed, heading
from .inflection import capital
from .theme import theme


def pair(rng):
    """(question, passage that answers it, passage that looks like it but doesn't, group).

    Two pairs of one group may answer each other's questions, so neither may count as wrong for the other.
    """
    reseed(rng)
    chinese = R() < 0.2
    theme.renew(chinese)
    return _of_family(chinese) if R() < 0.68 else _of_grammar(chinese)


def _of_grammar(chinese):
    asked = from_grammar(chinese)
    while asked.made.lead:
        asked = from_grammar(chinese)
    near = distractors(asked, 1)
    wrong = near[0].text if near else _unlike(asked, chinese)
    return asked.typed(), _passage(asked, asked.text), _passage(asked, wrong), asked.text


def _unlike(asked, chinese):
    while True:
        other = any_sentence(chinese)
        if asked.admits_sentence(other):
            return other.text


def _of_family(chinese):
    situation = families.Situation(concepts.draw_any("zh" if chinese else "en", CONCEPTS))
    family = situation.family
    asked = of_situation(situation)
    k = R()
    if k < 0.5:
        near = about_another(asked)
        wrong = near.text if near else _of_near_family(asked)
    elif k < 0.7 and asked.slot != "*":
        near = beside_the_point(asked)
        wrong = near.text if near else _of_near_family(asked)
    else:
        wrong = _of_near_family(asked)
    return asked.typed(), _passage(asked, asked.text), _passage(asked, wrong), families.group(family)


def _of_near_family(asked):
    """A statement about the same topic, or one that was near by chance."""
    family = asked.situation.family
    near = families.neighbours(family)
    if R() < 0.35:
        shares = sharing_words(asked)
        if shares:
            return shares.text
    for _ in range(6):
        if family.concept and R() < 0.8:
            other = concepts.same_thing(family) if R() < 0.5 else concepts.same_frame(family)
        else:
            other = pick(near) if near and R() < 0.8 else families.draw(family.language)
        statement = pick(other.statements)
        text = statement.fill(other.values())
        if asked.admits_statement(other, statement, text):
            return text
    found = distractors(asked, 1, siblings=False)
    return found[0].text if found else _unlike(asked, asked.chinese)


def _other_sentence(asked):
    """What may stand beside a sentence in a passage, often about the same topic; it must not answer. None where it might."""
    family = asked.situation.family if asked.situation else families.draw("zh" if asked.chinese else "en")
    if R() < 0.3:
        other = any_sentence(asked.chinese)
        return other.text if not other.lead and asked.admits_sentence(other) else None
    near = families.neighbours(family)
    other = pick(near) if near and R() < 0.6 else families.draw(family.language)
    statement = pick(other.statements)
    text = statement.fill(other.values())
    return text if asked.admits_statement(other, statement, text) else None


def _passage(asked, text):
    """As the agent embeds it: a fact alone, or a passage of several sentences, some under their headings."""
    k, chinese = R(), asked.chinese
    if k < 0.55:
        return text
    others = [_other_sentence(asked) for _ in range(between(1, 2) if k < 0.82 else between(2, 5))]
    texts = [closed(one, chinese) for one in shuffled([text, *filter(None, others)])]
    body = pick(("", "", "\n") if chinese else (" ", " ", "\n")).join(texts)
    if R() < 0.3 and not chinese:
        path = heading() if not asked.situation or R() < 0.4 else capital(asked.situation.family.title)
        return (path if R() < 0.6 else labels.heading_path(path)) + "\n" + body
    return body
