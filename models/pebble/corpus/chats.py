"""Chats of questions about entries: one kind of question first, then others, as the agent's window shows them."""
from . import documents, families, lists, newer, steps, tables, two_answers, value_only, yes_no
from .asked import from_families, from_grammar
from .chance import R, between, pick, reseed
from .context import answerable_turn, earlier, unanswerable_turn, unanswered_turn, unknown
from .format import EARLIER, cite, with_context
from .questions import typed
from .talk import chat_turn, system, with_system
from .theme import theme

# of questions that may be unanswerable
_UNANSWERABLE = 0.2


def grammar(chinese):
    asked = from_grammar(chinese)
    return R() < _UNANSWERABLE and unanswerable_turn(asked) or answerable_turn(asked)


def family(chinese):
    if R() < _UNANSWERABLE:
        if R() < 0.55:
            return unanswered_turn(chinese)
        return unanswerable_turn(from_families(chinese)) or family(chinese)
    return answerable_turn(from_families(chinese))


def _passages(chinese, size, count):
    """One sentence wanted from passages of several."""
    while True:
        asked = from_families(chinese) if R() < 0.6 else from_grammar(chinese)
        answerable = R() >= _UNANSWERABLE
        made, line = documents.with_answer(asked, size, count, answerable)
        if made:
            break
    made = documents.shuffled_entries(made, line)
    answer = cite(asked.answer(line.text), line.number) if answerable else unknown(chinese)
    return with_context(made, asked.typed()), answer, None


def passages(chinese):
    return _passages(chinese, between(2, 9) if R() < 0.7 else between(8, 20), pick((1, 1, 2, 2, 3, 4, 5)))


def long(chinese):
    """Up to some 3,500 tokens of passages; most are shorter. Or dozens of single entries."""
    if R() < 0.4:
        asked = from_families(chinese) if R() < 0.5 else from_grammar(chinese)
        return R() < 0.15 and unanswerable_turn(asked, between(8, 30)) or answerable_turn(asked, between(8, 36), R() < 0.2)
    size = between(20, 45) if R() < 0.7 else between(45, 110)
    return _passages(chinese, size, between(4, 16))


def table(chinese):
    if R() < 0.16:
        left_open = tables.unanswered(chinese)
        if left_open:
            made, question = left_open
            return with_context(made, typed(question, chinese)), unknown(chinese), None
    made, question, text, row, _, number = tables.asked_row(chinese)
    if R() < 0.08:
        # a row that isn't there
        left = [entry for i, entry in enumerate(made, 1) if i != number]
        if left and not any(row.key in entry[1] for entry in left):
            return with_context(left, typed(question, chinese)), unknown(chinese), None
    return with_context(made, typed(question, chinese)), cite(text, number), None


TURNS = {
    "grammar": (30, grammar),
    "families": (30, family),
    "passages": (12, passages),
    "tables": (6, table),
    "two": (7, two_answers.turn),
    "values": (4, value_only.turn),
    "newer": (4, newer.turn),
    "yes-no": (4, yes_no.turn),
    "steps": (2, steps.turn),
    "lists": (4, lists.turn),
    "long": (1, long),
}
_any_turn = [kind for kind, (weight, _) in TURNS.items() for _ in range(weight)]


def one_turn(kind, chinese):
    """(question with its entries, answer) of a kind."""
    while True:
        made = TURNS[kind][1](chinese)
        if made:
            return made[:2]


def conversation(rng, kind):
    """One to four exchanges, the last of the kind. The earlier ones mostly stand as later prompts show them, without entries."""
    reseed(rng)
    chinese = R() < 0.18
    theme.renew(chinese)
    turns = 1 if kind == "long" else pick((1, 1, 2, 2, 3, 4))
    messages = []
    for i in range(turns - 1):
        question, answer = one_turn(kind if R() < 0.4 else pick(_any_turn), chinese)
        messages += earlier(question, answer) if R() < 0.6 else [("user", question), ("assistant", answer)]
        if R() < 0.12:
            asked, said = chat_turn(chinese)
            messages += [("user", asked), ("assistant", said)]
    question, answer = one_turn(kind, chinese)
    messages += [("user", question), ("assistant", answer)]
    if R() < 0.06:
        asked, said = chat_turn(chinese)
        messages += [("user", asked), ("assistant", said)]
    return with_system(system(), messages)


_AGAIN = (
    "Sorry, again: {q}", "Once more: {q}", "I forgot. {q}", "What did you say? {q}", "{q}", "{q}", "Can you repeat that? {q}", "And again, {q}", "Remind me: {q}",
)


def window(rng):
    """A long chat whose entries are gone: asked again, the earlier answer itself is what answers; what was not said is unknown."""
    reseed(rng)
    chinese = R() < 0.18
    theme.renew(chinese)
    messages, known = [], []
    for _ in range(between(2, 14)):
        if R() < 0.15:
            asked, said = chat_turn(chinese)
            messages += [("user", asked), ("assistant", said)]
            continue
        asked = from_families(chinese) if R() < 0.6 else from_grammar(chinese)
        if any(_related(asked, other) for other in known):
            continue
        known.append(asked)
        messages += [("user", asked.typed()), (EARLIER, asked.answer())]
    if not known:
        return window(rng)
    k = R()
    if k < 0.4:
        asked = pick(known)
        question = asked.typed() if chinese else pick(_AGAIN).format(q=asked.question)
        messages += [("user", question), ("assistant", asked.answer())]
    elif k < 0.85:
        question, answer = one_turn(pick(_any_turn), chinese)
        messages += [("user", question), ("assistant", answer)]
    else:
        for _ in range(8):
            asked = from_families(chinese)
            if not any(_related(asked, other) for other in known):
                messages += [("user", asked.typed()), ("assistant", unknown(chinese))]
                break
    return with_system(system(), messages)


def _related(asked, other):
    """Whether one's answer might answer the other's question."""
    if asked.made and asked.made.lead:
        return True
    return not (_beside(asked, other) and _beside(other, asked))


def _beside(asked, other):
    if other.made:
        return asked.admits_sentence(other.made)
    mine = other.situation.family
    if asked.situation and families.nearness(asked.situation.family, mine) >= families.NEAR[mine.language]:
        return False
    return all(asked.admits_statement(mine, statement, other.text) for statement in mine.statements)
