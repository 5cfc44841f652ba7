"""Regular and irregular inflection of the English stock."""
import re

from .stock import DOUBLING_VERBS, IRREGULAR_PLURALS, IRREGULAR_VERBS, NOUNS, ROLES, VERBS_INTRANSITIVE, VERBS_TRANSITIVE


def add_s(word):
    """The regular plural of a noun, or third person of a verb."""
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + "s"


def plural(noun):
    return IRREGULAR_PLURALS.get(noun) or (noun + "ren" if noun.endswith("child") else add_s(noun))


def verb_forms(verb):
    """Base, third person, past, participle and -ing form; "dispose_of" keeps its particle behind each."""
    base, _, particle = verb.partition("_")
    tail = " " + particle.replace("_", " ") if particle else ""
    third = base + "es" if base.endswith("o") else add_s(base)
    if base in IRREGULAR_VERBS:
        past, participle = IRREGULAR_VERBS[base]
    elif base.endswith("e"):
        past = participle = base + "d"
    elif base.endswith("y") and base[-2] not in "aeiou":
        past = participle = base[:-1] + "ied"
    elif base in DOUBLING_VERBS:
        past = participle = base + base[-1] + "ed"
    else:
        past = participle = base + "ed"
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    elif base.endswith("e") and not re.search("(ee|ye|oe)$", base):
        ing = base[:-1] + "ing"
    elif base in DOUBLING_VERBS:
        ing = base + base[-1] + "ing"
    else:
        ing = base + "ing"
    return tuple(form + tail for form in (base, third, past, participle, ing))


def _role_plural(role):
    return "chefs" if role == "chef" else role[:-3] + "men" if role.endswith("man") else add_s(role)


NOUN_FORMS = [(noun, plural(noun)) for noun in NOUNS]
ROLE_FORMS = [(role, _role_plural(role)) for role in ROLES]
TRANSITIVE = [verb_forms(verb) for verb in VERBS_TRANSITIVE]
INTRANSITIVE = [verb_forms(verb) for verb in VERBS_INTRANSITIVE]


def a_an(word):
    return "an " if word[:1].lower() in "aeiou" else "a "


def capital(text):
    """Its first letter large, the others as they are."""
    return text[:1].upper() + text[1:]
