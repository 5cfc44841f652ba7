"""Rules, conditions, purposes, reasons and needs: what must be done, when, by whom and why."""
from .adjuncts import several
from .chance import R, pick
from .clauses import about, kinds_of, passive
from .inflection import TRANSITIVE, capital
from .noun_phrases import Phrase, asked, be, said, somebody, thing
from .sentence import Sentence, ended, join
from .stock import ADJECTIVES
from .theme import adjective, name, noun, role, theme, verb, verb_alone


def _texts(adjuncts):
    return [adjunct.text for adjunct in adjuncts]


_ORDERS = (
    "||||please |always |never |do not |don't |remember to |make sure to |you must |you can |you have to "
).split("|")[1:]
_SHOULD = (
    "should I|do I|can I|must I|do we|should we|do you|does one|do I have to|may I|should people"
).split("|")
_MAY = "May I|Can I|Should I|Do I have to|Am I allowed to|Is it OK to|Do we".split("|")


def order():
    """Do this there and then."""
    forms, object_ = verb(), thing()
    adjuncts = several(pick((1, 1, 2)))
    text = ended(join(pick(_ORDERS) + forms[0], said(object_), *_texts(adjuncts)))
    made = Sentence(text, kinds_of(adjuncts, object_))

    def question():
        it, k, should = asked(object_), R(), pick(_SHOULD)
        if adjuncts and k < 0.6:
            wanted = pick(adjuncts)
            made.without = made.text.replace(" " + wanted.text, "", 1)
            rest = [adjunct.text for adjunct in adjuncts if adjunct is not wanted and R() < 0.3]
            return join(wanted.asking, should, forms[0], it, *rest, wanted.behind) + "?", wanted.kind
        if adjuncts and k < 0.68:
            wanted = pick(adjuncts)
            return join(wanted.asking, "is", it, forms[3], wanted.behind) + "?", wanted.kind
        if k < 0.8:
            return join("What", should, forms[0], *_texts(adjuncts)) + "?", "x"
        if k < 0.9:
            return join(pick(_MAY), forms[0], it, *[adjunct.text for adjunct in adjuncts if R() < 0.5]) + "?", "x"
        return about(object_), "x"

    made.question = question
    return made


_TELL = "call contact ask tell inform notify".split() + ["write to"]
_WHAT_IF = (
    "What should I do {when} {case}?", "What do I do {when} {case}?", "What happens {when} {case}?", "{When} {case}, what should I do?",
    "{When} {case}?", "What if {case}?", "{Case}, what now?", "What must be done {when} {case}?", "What to do {when} {case}?",
)
_WHO_MUST = ("Who must {base} {it} {when} {case}?", "Who {third} {it} {when} {case}?", "Who has to {base} {it}?")
_WHO_TO_TELL = (
    "Who should I contact {when} {case}?", "Who do I call {when} {case}?", "{Case}, who can help?", "Who do I tell {when} {case}?",
)


def condition():
    """If this, then that."""
    subject = thing(first_person=theme.first_person * 0.4) if R() < 0.6 else somebody()
    forms, alone = (verb_alone(), True) if R() < 0.6 else (verb(), False)
    if R() < 0.5:
        happens = f"{'am' if subject.kind == '1' else be(subject)} {pick(ADJECTIVES)}"
    else:
        does = forms[0] if subject.plural or subject.kind == "1" else forms[1]
        happens = does if alone else does + " " + said(thing())
    case, asked_case = join(said(subject), happens), join(asked(subject), happens)
    then, object_, adjuncts = verb(), thing(), several(pick((0, 0, 1)))
    who = somebody(0) if R() < 0.35 else None
    to_tell = R() < 0.5
    if not who:
        main = join(then[0], said(object_), *_texts(adjuncts))
    elif to_tell:
        main = f"{pick(_TELL)} {said(who)}"
    else:
        must = pick(("must", "will", "have to" if who.plural else "has to", "can"))
        main = join(said(who), must, then[0], said(object_), *_texts(adjuncts))
    when = pick(("if", "if", "when", "as soon as", "once", "before", "after"))
    made = Sentence(ended(f"{when} {case}, {main}" if R() < 0.65 else f"{main} {when} {case}"), "wtp")

    def question():
        patterns = _WHAT_IF
        if who and R() < 0.5:
            patterns = _WHO_TO_TELL if to_tell else _WHO_MUST
        words = {"when": when, "When": capital(when), "case": asked_case, "Case": capital(asked_case)}
        return pick(patterns).format(**words, base=then[0], third=then[1], it=asked(object_)), "x"

    made.question = question
    return made


_HOW_TO = (
    "How do I {}?|How can I {}?|How do we {}?|What do I need to {}?|What should I do to {}?|How to {}?|How does one {}?|I want to {}. How?|"
    "Can you explain how to {}?|How should I {}?"
).split("|")


def purpose():
    """To do this, do that."""
    (aim, aimed), (means, used_) = (verb(), thing()), (verb(), thing())
    way = join(means[0], said(used_), *_texts(several(pick((0, 1)))))
    if R() >= 0.7:
        way = pick(("you need ", "use ", "you must have ")) + said(used_)
    goal = join(aim[0], said(aimed))
    made = Sentence(ended(f"to {goal}, {way}" if R() < 0.7 else f"{way} {pick(('to', 'in order to'))} {goal}"), "h")
    made.question = lambda: (pick(_HOW_TO).format(join(aim[0], asked(aimed))), "x")
    return made


_WHY = (
    "Why {is_} {it} {done}?|Why {is_} {it} {done}?|What is the reason that {it} {said}?|Do you know why {it} {said}?|How come {it} {said}?|"
    "For what reason {is_} {it} {done}?"
).split("|")


def _cause():
    return pick((
        lambda: f"the {noun()} is {pick(ADJECTIVES)}",
        lambda: f"{said(thing())} {pick(('was', 'is'))} {pick(TRANSITIVE)[3]}",
        lambda: f"{name()} is {pick(('ill', 'late', 'away', 'busy', 'on holiday', 'in hospital'))}",
        lambda: f"it is too {adjective()}",
        lambda: f"there is no {noun()}",
        lambda: f"of the {noun()}",
    ))()


def reason():
    """This is so because of that."""
    subject = thing(first_person=theme.first_person * 0.5)
    if R() < 0.6:
        done = passive(verb(), subject)
        said_, is_, rest = done.said, done.auxiliary, done.rest
    else:
        is_, rest = be(subject), pick(ADJECTIVES)
        said_ = is_ + " " + rest
    cause = _cause()
    because = " because " if cause.startswith("of ") else pick((" because ", " because ", " since ", " as "))
    made = Sentence(ended(f"{said(subject)} {said_}{because}{cause}"), "y")
    made.without = made.text.split(because)[0] + "."
    made.question = lambda: (pick(_WHY).format(is_=is_, it=asked(subject), done=rest, said=said_), "y")
    return made


_GIVEN = ("signature", "approval", "permission", "consent", "help", "advice")
_NEEDED = (
    "What {do} {it} {base}?", "What {do} {it} {base}?", "What is required for {it}?", "What is needed for {it}?", "What do I need for {it}?",
)
_WHOSE = (
    "Whose {what} {do} {it} {base}?", "Who must give {what} for {it}?", "Which {what} {do} {it} {base}?", "{What} for {it}?",
)


def need():
    """This needs that."""
    subject = thing() if R() < 0.7 else somebody(0)
    if R() < 0.7:
        object_ = thing()
    else:
        giver = " of the " + role() if R() < 0.6 else " of " + name()
        object_ = Phrase("the ", "", pick(_GIVEN), giver, False, "o")
    base = pick(("need", "require", "include", "need", "get", "receive", "contain"))
    does, do = (base, "do") if subject.plural else (base + "s", "does")
    made = Sentence(ended(f"{said(subject)} {does} {said(object_)}"), "w" if object_.tail else "")

    def question():
        it, what, k = asked(subject), object_.head, R()
        words = {"do": do, "it": it, "base": base, "what": what, "What": capital(what)}
        if what in _GIVEN and k < 0.5:
            return pick(_WHOSE).format(**words), "x"
        if k < 0.75:
            return pick(_NEEDED).format(**words), "x"
        return (f"What {base}s {asked(object_)}?" if R() < 0.4 else f"{capital(do)} {it} {base} {asked(object_)}?"), "x"

    made.question = question
    return made


def rule():
    k = R()
    return order() if k < 0.3 else condition() if k < 0.6 else purpose() if k < 0.75 else reason() if k < 0.9 else need()
