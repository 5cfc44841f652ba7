"""Pairs for the embedder: a question, a passage that answers it, and one that looks as if it did."""
import re

from . import concepts, families, labels, topics
from .asked import any_sentence, from_grammar, of_situation
from .chance import R, between, pick, reseed, shuffled
from .distractors import about_another, beside_the_point, distractors, sharing_words
from .english import sibling
from .entries import closed, heading
from .inflection import capital
from .kinds import SUBJECTS
from .questions import typed
from .theme import theme

# the share of families that are made of concepts, of pairs that have a single word in common, of pairs that share a topic alone
CONCEPTS = 0.45
_ONE_WORD, _TOPICS, _GRAMMAR = 0.13, 0.28, 0.12
# of pairs in which some words are left out, so that no word can be done without
_THINNED = 0.2


def pair(rng):
    """(question, passage that answers it, passage that looks like it but doesn't, group).

    Two pairs of one group may answer each other's questions, so neither may count as wrong for the other.
    """
    reseed(rng)
    chinese = R() < 0.2
    theme.renew(chinese)
    k = R()
    if k < _ONE_WORD:
        made = _of_one_word(chinese)
    elif k < _ONE_WORD + _TOPICS:
        made = _of_topic(chinese)
    else:
        made = _of_grammar(chinese) if k < _ONE_WORD + _TOPICS + _GRAMMAR else _of_family(chinese)
    if R() < _THINNED:
        question, good, bad, group = made
        return _thinned(question, chinese), _thinned(good, chinese), _thinned(bad, chinese), group
    return made


_HAN_OR_NOT = re.compile(r"[一-鿿]|[^一-鿿]+")


def _thinned(text, chinese):
    """Without some of its words (of its characters in Chinese)."""
    share = R() * 0.4
    words = _HAN_OR_NOT.findall(text) if chinese else text.split(" ")
    kept = [word for word in words if R() >= share]
    return ("" if chinese else " ").join(kept) or text


# about one thing, whatever is said of it
_ABOUT_ONE = (
    "What is the trick with {x}?|Who looks after {x}?|When does {x} come?|What do we do about {x}?|How long is {x}?|What stops {x}?|Who built {x}?|How old is {x}?|Where do I get {x}?|"
    "What helps against {x}?|Who pays for {x}?|Why {x}?|How often is there {x}?|What do we earn with {x}?|Which {x} should I take?|Who measures {x}?|How do I complain about {x}?|What is our best {x}?|"
    "How much {x} do we need?|Who told us about {x}?|Since when have we had {x}?|What must I know about {x}?|Are there any problems with {x}?|Where does {x} live?|What did {x} study?|What does {x} order?|"
    "What does {x} like?|How many children does {x} have?|What is {x} allergic to?|How heavy is {x}?|How fast is {x}?|What happened with {x}?|Is {x} allowed?|What is special about {x}?|{x}, how is that done?|"
    "What do I do if {x} breaks?|Can I use {x}?|Which rules apply to {x}?|Where do {x} go at night?|Who knows about {x}?|What colour has {x}?|How many of {x} are there?|What is {x} made of?|When was {x} last checked?|"
    "What's up with {x}?|How does one deal with {x}?|Any advice on {x}?|What keeps {x} away?|What is wrong with {x}?|How is {x} kept fresh?|Who is in charge of {x}?|What did {x} cost?|How far is {x}?|What should nobody do with {x}?"
).split("|")
_ZH_ABOUT_ONE = (
    "{x}怎么办？|谁管{x}？|{x}什么时候来？|{x}多重？|{x}有多久了？|{x}花了多少钱？|{x}从哪里来？|怎么对付{x}？|{x}出了什么问题？|哪种{x}最好？|{x}有什么窍门？|{x}能用吗？|{x}有几个孩子？|{x}学的什么？|为什么{x}？|{x}归谁？|"
    "关于{x}有什么规定？|{x}多久一次？|{x}住哪儿？|{x}是谁造的？|{x}卖得怎么样？|{x}可以吗？|{x}会怎样？|{x}要注意什么？"
).split("|")


def _of_one_word(chinese):
    """A question that has one word of the sentence and nothing else; the same sentence with another word there doesn't answer."""
    while True:
        made = any_sentence(chinese)
        able = [word for word, kind in made.words if kind in SUBJECTS and made.text.count(word) == 1]
        if not able or made.lead:
            continue
        word = pick(able)
        other = None
        for _ in range(6):
            found = sibling(made)
            if found and word not in found.text:
                other = found.text
                break
        if other is None:
            other = _other_topic_sentence(word, chinese)
        break
    name = word if chinese or word[0].isupper() else pick(("the ", "the ", "our ", "a ", "")) + word
    question = pick(_ZH_ABOUT_ONE if chinese else _ABOUT_ONE).replace("{x}", name)
    question = typed(question[0].upper() + question[1:], chinese)
    return question, made.text, other, made.text


def _other_topic_sentence(word, chinese):
    while True:
        text = any_sentence(chinese).text
        if word not in text:
            return text


def _of_topic(chinese):
    if R() < 0.3:
        question, said, other = topics.sharing_one_word("zh" if chinese else "en")
        return typed(question, chinese), said, other, said
    question, said, other, topic = topics.asked_and_said("zh" if chinese else "en")
    return typed(question, chinese), said, other, f"topic {chinese} {topic.number}"


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
