"""Sentences with a verb: somebody does something, something is done, something happens; and every way to ask for a part of them."""
from typing import NamedTuple

from . import kinds
from .adjuncts import Adjunct, asking_small, place, several, time
from .chance import R, pick
from .inflection import TRANSITIVE, capital
from .noun_phrases import Phrase, asked, general, said, somebody, thing
from .sentence import Sentence, ended, join, lowered
from .stock import ADVERBS, NUMBER_WORDS, STOP_WORDS, VERB_NOUNS
from .theme import adjective, name, noun, theme, use, verb, verb_alone

PLACING_VERBS = frozenset("park put leave store keep hide mount hang lock place stack load pack install set find lose drop plant bury file".split())
_NUMBER_WORDS = frozenset(NUMBER_WORDS)


class Conjugated(NamedTuple):
    """As said ("must open"), the auxiliary of a question ("must"), the rest of it ("open"), and behind "Who" ("must open")."""

    said: str
    auxiliary: str
    rest: str
    who: str


def active(forms, subject):
    base, third, past, participle, ing = forms
    k, k2 = R(), R()
    me = subject.kind == "1"
    many = subject.plural and not me
    do = "do" if many or me else "does"
    if k < 0.3:
        return Conjugated(base if many or me else third, do, base, third)
    if k < 0.62:
        return Conjugated(past, "did", base, past)
    if k < 0.7:
        return Conjugated("will " + base, "will", base, "will " + base)
    if k < 0.84:
        return _modal(base, do, many or me, k2)
    if k < 0.9:
        have = "have" if many or me else "has"
        if R() < 0.5:
            return Conjugated(have + " " + participle, have if R() < 0.6 else "did", participle if R() < 0.6 else base, "has " + participle)
        return Conjugated(have + " " + participle, have, participle, "has " + participle)
    are = "am" if me else "are" if many else "is"
    if k < 0.94:
        rest = ("going to " if k2 < 0.5 else "") + base
        return Conjugated(are + " going to " + base, are if k2 < 0.5 else "will", rest, "is going to " + base)
    if k < 0.97:
        return Conjugated(are + " " + ing, are, ing, "is " + ing)
    return Conjugated(do + " not " + base, do, base, "does not " + base)


def _modal(base, do, plain, k):
    modal = pick(("must", "can", "should", "may", "must", "have to", "need to"))
    third = {"have to": "has to", "need to": "needs to"}.get(modal)
    if third:
        return Conjugated((modal if plain else third) + " " + base, do, modal + " " + base, third + " " + base)
    if modal == "must" and R() < 0.3:
        return Conjugated("must " + base, do, "have to " + base, "must " + base)
    if k < 0.15:
        return Conjugated(("cannot" if modal == "can" else modal + " not") + " " + base, modal, base, modal + " " + base)
    return Conjugated(modal + " " + base, modal, base, modal + " " + base)


def passive(forms, subject):
    participle, many, k = forms[3], subject.plural, R()
    if k < 0.4:
        be = "are" if many else "is"
        return Conjugated(be + " " + participle, be, participle, "is " + participle)
    if k < 0.65:
        be = "were" if many else "was"
        return Conjugated(be + " " + participle, be, participle, "was " + participle)
    if k < 0.75:
        return Conjugated("will be " + participle, "will", "be " + participle, "will be " + participle)
    if k < 0.9:
        modal = pick(("must", "can", "should", "may", "must", "cannot", "must not", "may only"))
        auxiliary = modal.split(" ")[0].replace("cannot", "can")
        return Conjugated(modal + " be " + participle, auxiliary, "be " + participle, auxiliary + " be " + participle)
    if k < 0.95:
        have = "have" if many else "has"
        return Conjugated(have + " been " + participle, have, "been " + participle, "has been " + participle)
    have, do = ("have to", "do") if many else ("has to", "does")
    return Conjugated(have + " be " + participle, do, "have to be " + participle, "has to be " + participle)


EMBEDDING = (
    "Do you know", "Can you tell me", "Tell me", "Please tell me", "Could you tell me", "I want to know", "Do you remember", "I forgot",
    "Remind me", "Any idea",
)
_ABOUT = (
    "{}?|{}?|{}|What about {}?|And {}?|What do you know about {}?|What did I tell you about {}?|Anything about {}?|Info on {}|"
    "Tell me about {}.|How about {}?|Something on {}?|What does it say about {}?|What did I say about {}?|What happened to {}?|"
    "What is wrong with {}?|What should I know about {}?|What must be done with {}?|What has to be done with {}?|What do I do with {}?|"
    "What happens to {}?|What happens with {}?|What is the rule for {}?|What applies to {}?|Is there anything about {}?|"
    "What's the story with {}?|What was the matter with {}?|Do you have anything on {}?"
).split("|")


def about(p):
    """A question about a thing that asks for nothing in particular."""
    k = R()
    name_of_it = asked(p)
    return pick(_ABOUT).format(name_of_it if k < 0.8 or p.speaker else p.modifier + p.head)


def keywords(*parts):
    """Some of the words that carry meaning, as one types them into a search box."""
    found = [word for part in parts if part for word in part.split(" ") if word.lower() not in STOP_WORDS]
    if len(found) > 2 and R() < 0.7:
        i = int(R() * (len(found) - 1))
        found = found[i : i + 2 + int(R() * 2)]
    if R() < 0.15:
        found.reverse()
    return " ".join(found)


def kinds_of(adjuncts, *people_and_things):
    """The types of value that a sentence holds, as in Sentence.kinds."""
    present = [p for p in people_and_things if p]
    counted = any(p.determiner[:1].isdigit() or p.determiner[:-1] in _NUMBER_WORDS for p in present)
    persons = any(p.kind in "p14" for p in present)
    return "".join(adjunct.kind for adjunct in adjuncts) + ("n" if counted else "") + ("w" if persons else "")


class Clause(NamedTuple):
    """What a question needs to know about a sentence with a verb."""

    sentence: Sentence
    subject: Phrase
    conjugated: Conjugated
    forms: tuple
    object: Phrase | None
    adjuncts: list
    passive: bool


def ask_clause(c):
    """A question for one part of the clause, and the type of that part."""
    subject, verb_, object_ = asked(c.subject), c.conjugated, asked(c.object) if c.object else ""
    parts = [i for i in range(len(c.adjuncts)) for _ in range(3)]
    if c.object:
        parts += ["object", "object" if R() < 0.5 else "subject"]
    if not c.object or R() < 0.7:
        parts.append("subject" if not c.subject.speaker or R() < 0.2 else "whether")
    parts += ["whether", "about" if R() < 0.6 else "keywords"]
    part = pick(parts)
    if isinstance(part, int):
        return _ask_adjunct(c, part, subject, object_)
    rest = [adjunct.text for adjunct in c.adjuncts if R() < 0.35]
    if part in ("object", "subject") and R() < 0.75:
        counted = c.object if part == "object" else c.subject
        if counted.plural and counted.determiner[:-1] in _NUMBER_WORDS or counted.determiner[:1].isdigit():
            what = counted.modifier + counted.head + (counted.tail if R() < 0.7 else "")
            if part == "object":
                return join("How many", what, verb_.auxiliary, subject, verb_.rest, *rest) + "?", "n"
            return join("How many", what, verb_.said.replace(" not ", " "), object_, *rest) + "?", "n"
    if part == "object":
        return _ask_object(c, subject, rest)
    if part == "subject":
        return _ask_subject(c, object_, rest)
    if part == "whether":
        given = [adjunct.text for adjunct in c.adjuncts if R() < 0.6]
        return join(capital(verb_.auxiliary), subject, verb_.rest, object_, *given) + "?", "x"
    if part == "about":
        if c.subject.kind != "1" or c.object:
            return about(c.object if c.object and R() < 0.6 else c.subject), "x"
        return keywords(c.forms[4], *[adjunct.text for adjunct in c.adjuncts]) + "?", "x"
    return _ask_keywords(c), "x"


_DO = {"is": "do", "are": "do", "was": "did", "were": "did"}


def _ask_adjunct(c, i, subject, object_):
    wanted = c.adjuncts[i]
    verb_ = c.conjugated
    rest = [adjunct.text for j, adjunct in enumerate(c.adjuncts) if j != i and R() < 0.3]
    c.sentence.without = c.sentence.text.replace(" " + wanted.text, "", 1)
    k = R()
    if k < 0.1 and not wanted.behind:
        said_ = verb_.said.replace(" not ", " ")
        return pick(EMBEDDING) + " " + asking_small(wanted) + " " + join(subject, said_, object_, *rest) + pick(("?", ".", "?")), wanted.kind
    if c.passive and k < 0.3 and verb_.auxiliary in ("is", "are", "was", "were", "must", "will", "should"):
        # an active question about a passive sentence: "When do you clean it?"
        do = _DO.get(verb_.auxiliary, verb_.auxiliary)
        who = pick(("I", "we", "they", "you", "people"))
        return join(wanted.asking, do, who, c.forms[0], subject, *rest, wanted.behind) + "?", wanted.kind
    if c.object and k < 0.34 and wanted.kind == "p" and c.forms[0] in PLACING_VERBS:
        return pick(("Where is {}?", "Where are {}?", "Where can I find {}?", "Where's {}?")).format(object_), wanted.kind
    if c.object and not c.passive and k < 0.4 and c.subject.kind != "1" and verb_.auxiliary in ("does", "do", "did", "will", "must"):
        # a passive question about an active sentence: "When is it cleaned?"
        many = c.object.plural
        be = {"does": "are" if many else "is", "do": "are" if many else "is", "did": "were" if many else "was"}.get(verb_.auxiliary, verb_.auxiliary)
        done = ("be " if be in ("will", "must") else "") + c.forms[3]
        return join(wanted.asking, be, object_, done, *rest, wanted.behind) + "?", wanted.kind
    return join(wanted.asking, verb_.auxiliary, subject, verb_.rest, object_, *rest, wanted.behind) + "?", wanted.kind


def _ask_object(c, subject, rest):
    person = c.object.kind == "p"
    if person:
        asking = "Who"
    elif R() < 0.65:
        asking = "What"
    else:
        asking = pick(("Which ", "What ")) + (general(c.object) if R() < 0.35 else c.object.head)
    return join(asking, c.conjugated.auxiliary, subject, c.conjugated.rest, *rest) + "?", "w" if person else "x"


def _ask_subject(c, object_, rest):
    person = c.subject.kind in "p14"
    if person:
        asking = "Who"
    elif R() < 0.6:
        asking = "What"
    else:
        asking = "Which " + (general(c.subject) if R() < 0.35 else c.subject.head)
    many = asking.startswith("Which") and c.subject.plural
    verb_ = c.conjugated.said.replace(" not ", " ") if many else c.conjugated.who
    return join(asking, verb_, object_, *rest) + "?", "w" if person else "x"


def _ask_keywords(c):
    verb_ = VERB_NOUNS.get(c.forms[0], pick(c.forms)) if R() < 0.5 else pick((c.forms[0], c.forms[3], c.forms[4]))
    subject = c.subject.modifier + c.subject.head if not c.subject.speaker else ""
    object_ = c.object.modifier + c.object.head if c.object and R() < 0.8 else ""
    asking = pick(c.adjuncts).asking.lower() if c.adjuncts and R() < 0.3 else ""
    return keywords(subject, verb_, object_, asking) + pick(("?", "", "?"))


def _fronted(text, subject, conjugated, adjuncts, share):
    """Now and then time or place stands first: "On Monday the office closes"."""
    if len(adjuncts) == 1 and adjuncts[0].kind in "tp" and R() < share:
        return ended(adjuncts[0].text + (", " if R() < 0.6 else " ") + join(said(subject), *conjugated))
    return text


def somebody_does():
    mine = theme.first_person * 0.5
    subject = somebody() if R() < 0.85 else thing(first_person=mine)
    forms = verb()
    object_ = thing(first_person=mine) if R() < 0.88 else somebody(0)
    conjugated, adjuncts = active(forms, subject), several(pick((0, 1, 1, 1, 2)))
    adverb = " " + pick(ADVERBS[:26]) if R() < 0.05 else ""
    text = ended(join(said(subject) + adverb, conjugated.said, said(object_), *[adjunct.text for adjunct in adjuncts]))
    text = _fronted(text, subject, (conjugated.said, said(object_)), adjuncts, 0.12)
    made = Sentence(text, kinds_of(adjuncts, subject, object_))
    clause = Clause(made, subject, conjugated, forms, object_, adjuncts, False)
    made.question = lambda: ask_clause(clause)
    return made


def something_is_done():
    subject, forms = thing(first_person=theme.first_person * 0.6), verb()
    conjugated, adjuncts = passive(forms, subject), several(pick((0, 1, 1, 1, 2)))
    if R() < 0.25:
        adjuncts.insert(0, Adjunct("w", "by " + said(somebody(0)), *pick((("Who", "by"), ("By whom", "")))))
    text = ended(join(said(subject), conjugated.said, *[adjunct.text for adjunct in adjuncts]))
    made = Sentence(_fronted(text, subject, (conjugated.said,), adjuncts, 0.15), kinds_of(adjuncts, subject))
    clause = Clause(made, subject, conjugated, forms, None, adjuncts, True)

    def question():
        if adjuncts and adjuncts[0].kind == "w" and R() < 0.4:
            auxiliary = conjugated.auxiliary
            if auxiliary in ("is", "are", "was", "were"):
                does = forms[1] if auxiliary in ("is", "are") else forms[2]
            else:
                does = auxiliary + " " + forms[0] if auxiliary in ("will", "must", "can", "should") else None
            if does:
                return join("Who", does, asked(subject), *[adjunct.text for adjunct in adjuncts[1:] if R() < 0.3]) + "?", "w"
        return ask_clause(clause)

    made.question = question
    return made


def it_happens():
    if R() < 0.5:
        subject = somebody()
    elif R() < 0.4:
        modifier = use(kinds.CITY) + " " if R() < 0.2 else noun() + " " if R() < 0.2 else ""
        subject = Phrase("the ", modifier, use(kinds.EVENT), "", False, "o")
    else:
        subject = thing(first_person=theme.first_person * 0.5)
    forms = verb_alone()
    conjugated, adjuncts = active(forms, subject), several(pick((1, 1, 2)))
    text = ended(join(said(subject), conjugated.said, *[adjunct.text for adjunct in adjuncts]))
    made = Sentence(_fronted(text, subject, (conjugated.said,), adjuncts, 0.15), kinds_of(adjuncts, subject))
    clause = Clause(made, subject, conjugated, forms, None, adjuncts, False)
    made.question = lambda: ask_clause(clause)
    return made


def with_relative_clause():
    """The vase that Anna bought stands in the hall."""
    head, forms, object_ = thing(False), verb(), thing()
    subject = Phrase(head.determiner if head.determiner not in ("", "no ") else "the ", head.modifier, head.head, "", False, "o")
    adjunct = place() if R() < 0.6 else time()
    does, stands = pick((forms[1], forms[2])), pick(("is", "hangs", "was", "stands", "arrives", "is kept", "starts"))
    relative = pick((
        lambda: f" that {does} {said(object_)}",
        lambda: f" which {does} {said(object_)}",
        lambda: f" {forms[4]} {said(object_)}",
        lambda: f" {pick(TRANSITIVE)[3]} by {name()}",
        lambda: f" with the {adjective()} {noun()}",
    ))()
    made = Sentence(ended(f"{said(subject)}{relative} {stands} {adjunct.text}"), adjunct.kind + "w")

    def question():
        which = asked(subject) + (relative if R() < 0.7 else "")
        be = {"is": "is", "was": "was", "is kept": "is"}.get(stands)
        if be:
            return join(adjunct.asking, be, which, "kept" if stands == "is kept" else "", adjunct.behind) + "?", adjunct.kind
        return join(adjunct.asking, "does", which, stands[:-1], adjunct.behind) + "?", adjunct.kind

    made.question = question
    return made


def with_lead():
    """Its subject stands in the sentence before: "The kiln is new. It is cleaned on Friday."."""
    subject, it = thing(False), Phrase("it", "", "it", "", False, "o")
    forms, adjuncts = verb(), several(1) or [time()]
    conjugated, adjunct = passive(forms, it), adjuncts[0]
    lead = ended(f"{said(subject)} {pick(('is', 'was'))} {place().text if R() < 0.5 else adjective()}")
    made = Sentence(ended(join(pick(("it", "it", "this")), conjugated.said, adjunct.text)), kinds_of(adjuncts))
    made.lead = lead
    made.question = lambda: (
        join(adjunct.asking, conjugated.auxiliary, asked(subject), conjugated.rest, adjunct.behind) + "?",
        adjunct.kind,
    )
    return made


def joined(first, second, glue):
    """Two sentences as one."""
    text = first.text[:-1] if first.text[-1] in ".!" else first.text
    return text + glue + lowered(second.text)
