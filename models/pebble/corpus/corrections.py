"""How people put right what they said: by the value alone, by a part of the sentence, by all of it, with or without saying so.

corrections.txt has the plain wordings; here are those that depend on the sentence: "it departs at 07:25", "her name is Vesna",
"I moved the ladder, it's in the yard", or simply the sentence anew.
"""
import re

from .chance import R, pick
from .inflection import INTRANSITIVE, TRANSITIVE
from .phrases import phrase, say
from .sentence import lowered

_PREPOSITIONS = frozenset(
    "in at on by with under from to until till for near behind beside above before after about of through into opposite below between next via since".split()
)
_VERBS = frozenset(
    [forms[1] for forms in TRANSITIVE + INTRANSITIVE]
    + "is are was were starts opens closes leaves begins ends costs lasts holds takes weighs drives lives works runs comes arrives goes meets belongs has "
    "keeps needs gets uses sits stands seats pays drinks likes wants expects serves".split()
) - {"is", "are", "was", "were"}
_BE = frozenset(("is", "are", "was", "were"))

_OPENING = [phrase(text) for text in """
[No|Oh no|Oh|Ah|Ah no|Oops|Whoops|Hang on|Hold on|Wait|Wait a second|Wait a minute|Hm|Hmm|Sorry|Argh|Damn|One moment|Stop|Nope|Well|Er|Uh|My bad|Pardon|Excuse me|Careful|Heads up|Sorry, no|No, sorry|No wait|Um|Ups|Gosh|Bother|Right|Hey|Listen|Beg your pardon|Nah][, |, |. |! |: |: | - |... | ]
[No|Oh no|Oops|Wait|Sorry|Hm|Ah|Hang on|Well|Argh|Listen|Damn][, |. |! ][I read that wrong|I misread that|I misread it|I looked at the wrong line|I looked in the wrong column|I mixed that up|I got that mixed up|that was last week's|that's outdated|that was the old one|I was wrong about that|I was wrong|that wasn't right|that's not right|that is no longer true|I misheard|I misheard that|that was a slip of the tongue|I told you wrong|I told you nonsense|I gave you the wrong one|I remembered it wrong|my memory played a trick on me|I had an old list|somebody corrected me|I stand corrected|I wrote nonsense|that was rubbish|not quite|not any more][, |, |. |: |; | - ]
[It got changed|They changed it|It was moved|Plans have changed|The plan has changed|There was a change|There's been a change|We had to change that|We changed our minds|I changed my mind|They decided otherwise|It was decided otherwise|That fell through|That didn't work out|Everything is different now|That's off|Somebody just told me otherwise|I asked again|I checked|I checked the list|I have to take that back|I take that back|I need to fix that|I must correct that|Forget that][, |. |. |: |: |; | - ]
[It turns out |Turns out |It turns out that |Apparently |Apparently, |It seems that |As I now hear, |As I just heard, |In fact |In fact, |In truth |Actually |Actually, |Really |From now on |From now on, |As of today |As of today, |Meanwhile |Instead, |Now |Rather, |By now |Since yesterday |I see now that |I just saw that |They say now that |It's official: |New plan: |New: |Change: |CORRECTION: |edit: |Edit: |correction: |small change: |Typo: |Typo! |wrong! ]
""".strip().splitlines()]
_ZH_OPENING = [phrase(text) for text in """
[改了|变了|说错了|不对|不对不对|哦不|哎呀|等一下|等等|抱歉|不好意思|对不起|搞错了|弄错了|记错了|看错了|写错了|听错了|更正一下|更正|有变动|有变化|临时改了|刚接到通知|刚问过了|刚确认了|情况变了|计划变了|刚才说得不对|我收回刚才的话|修正一下|哦对了|其实|现在|原来|最新消息][,|，|:|：|。|,]
""".strip().splitlines()]
# why another person does it, before the sentence anew; {w} is who was named before
_PERSON_REASONS = (
    "{w} is ill, ", "{w} can't make it, ", "{w} has no time after all, so ", "{w} is on holiday, so ", "{w} quit, ", "{w} broke a leg, ", "{w} was replaced: ",
    "{w} handed it over, ", "{w} doesn't do it any more, ", "{w} is away, ", "{w}'s train is late, ", "{w} said no, ", "It isn't {w} after all, ",
    "{w} had an accident, so ", "{w} has left, now ", "{w} swapped with somebody, ",
)
_ZH_PERSON_REASONS = ("{w}病了,", "{w}有事来不了,", "{w}请假了，", "{w}不干了，", "{w}换岗了，", "{w}没空，", "不是{w}，")
_PLACE_REASONS = ("{w} is full, so ", "{w} is being renovated, ", "{w} was taken, ", "{w} is closed, so ", "It was moved, ", "We moved: ", "It has moved. ")
_AFTER = (" now", " now", " instead", " after all", " from now on", " in fact", " actually", " these days", " as it turns out", ", not what I said before", ", sorry")


def opening(chinese):
    return say(pick(_ZH_OPENING if chinese else _OPENING))


def _split(text, value):
    """(before, behind) the value where it stands once, else None."""
    return text.split(value) if text.count(value) == 1 else None


def _from_preposition(before, behind, value):
    """"at 07:25" of "The ferry departs at 07:25."; None where no preposition is near."""
    words = before.split()
    for n in (1, 2, 3):
        if len(words) > n and words[-n].lower() in _PREPOSITIONS:
            rest = behind.rstrip(".") if R() < 0.3 else ""
            return " ".join(words[-n:]) + " " + value + (rest if rest[:1] in ("", " ") else "")
    return None


def _verb_at(words):
    """Where the sentence's verb stands, or None."""
    for i, word in enumerate(words[1:], 1):
        if word in _BE or word in _VERBS:
            return i
    return None


def _pronoun(subject, sort):
    if sort in ("person", "first") or subject[0] not in "TOMAI":
        return pick(("he", "she", "it"))
    return "they" if subject.endswith("s") and R() < 0.5 else "it"


def _by_part(text, value, old, sort):
    """A correction that says a part of the new sentence, or None."""
    parts = _split(text, value)
    if parts is None:
        return None
    before, behind = parts
    piece = _from_preposition(before, behind, value)
    words = before.split()
    at = _verb_at(words)
    subject = " ".join(words[:at]) if at else None
    small = lowered(subject) if subject else None
    forms = []
    if piece:
        w = piece.replace(value, old)
        forms += [f"No, {piece}.", f"Sorry, {piece}.", f"it's {piece}", f"It's {piece} now.", f"I meant {piece}.", f"{piece}, not {w}", f"Not {w} but {piece}.",
                  f"not {w}, {piece}", f"rather {piece}", f"make that {piece}"]
    if subject and len(words) > at and 1 <= len(subject.split()) <= 8 and not _names_me(subject) and words[0] not in ("There", "there"):
        rest = " ".join(words[at:]) + " " + value + behind.rstrip(".")
        old_rest = rest.replace(value, old)
        it = _pronoun(subject, sort)
        it_rest = re.sub("^are ", "is ", rest) if it in ("it", "he", "she") else rest
        forms += [f"{it} {it_rest}", f"No, {it} {it_rest}.", f"I was wrong about {small}, {it} {it_rest}.", f"About {small}: {it} {it_rest}.",
                  f"{subject}? {rest[0].upper() + rest[1:]}.", f"As to {small}, {it} {it_rest} now.", f"Sorry, {it} {it_rest}."]
        if words[at] in _BE:
            tail = value if R() < 0.5 or not piece else piece
            no = words[at] + (" not" if R() < 0.4 else "n't")
            forms += [f"{subject} {words[at]} now {rest.split(' ', 1)[1]}.", f"{subject} {no} {old_rest.split(' ', 1)[1]}, it's {rest.split(' ', 1)[1]}.",
                      f"{subject} changed to {value}.", f"{subject} has changed, it's {tail}.", f"It's not {old_rest.split(' ', 1)[1]} but {rest.split(' ', 1)[1]}.",
                      f"{subject} was changed to {value}.", f"The new one is {value}.", f"{subject} isn't {old} any more, it's {value}."]
            if piece and sort in ("place", "room", "city", "address", "spot"):
                forms += [f"I moved {small}. It's {piece}.", f"{subject} moved {piece} now.", f"{subject} was taken away and put {piece}.", f"Somebody moved {small}, it's {piece} now.",
                          f"You'll now find {small} {piece}."] * 2
            if piece and sort in ("time", "date", "day", "month"):
                forms += [f"{subject} was moved to {value}.", f"{subject} has been postponed to {value}.", f"They moved {small} to {value}.", f"{subject} was brought forward to {value}."] * 2
        if words[-1] in ("called", "named") or words[-2:] == ["name", "is"]:
            forms += [f"his name is {value}", f"Her name is {value}.", f"Actually the name is {value}.", f"the right name is {value}"] * 2
    if sort in ("person", "first"):
        forms += [f"not {old} but {value} does it", f"It's {value} who does that.", f"{value} took over from {old}.", f"{value} does it instead of {old}."]
    return pick(forms) if forms else None


def _names_me(subject):
    return re.search(r"\b(I|we|We)\b", subject) is not None


_ZH_LINKS = {"是": ("换成了", "改成了", "变成", "应该是", "现在是", "改为"), "在": ("改到", "换到", "移到", "挪到了", "现在在", "已经搬到"), "叫": ("改名叫", "应该叫", "现在叫"), "由": ("改由", "现在由"), "为": ("改为", "变为", "调整为"), "用": ("改用", "换用")}


def as_change(text, value, old):
    """A Chinese sentence that says of its subject that it has changed, or None."""
    found = _zh_by_part(text, value, old)
    return found if found and _names_subject(found, text) else None


def _zh_by_part(text, value, old):
    parts = _split(text, value)
    if parts is None:
        return None
    before, behind = parts
    forms = [f"不是{old},是{value}。", f"是{value},不是{old}。", f"{old}不对，{value}才对"]
    link = before[-1:]
    if link in _ZH_LINKS and len(before) > 2:
        subject = before[:-1]
        for said in _ZH_LINKS[link]:
            forms += [f"{subject}{said}{value}{behind}", f"{subject}{said}{value}了"]
        if link in "在是":
            forms += [f"{subject}已经{pick(('拿到', '搬到', '移到', '送到', '放到', '转到', '挪到'))}{value}了。", f"{subject}不{link}{old}，{link}{value}。"]
    return pick(forms)


def _anew(text, old, chinese, sort):
    """All of it anew, with or without a word that it has changed."""
    k = R()
    stopped = text.rstrip(".。")
    if chinese:
        if k < 0.25:
            return text
        if k < 0.4 and sort == "person":
            return pick(_ZH_PERSON_REASONS).replace("{w}", old) + text
        return opening(True) + (text if k < 0.85 else stopped)
    if k < 0.16:
        return text
    if k < 0.3:
        return stopped + pick(_AFTER) + pick((".", ".", ""))
    if k < 0.5 and sort in ("person", "first"):
        return pick(_PERSON_REASONS).replace("{w}", old) + text
    if k < 0.42 and sort in ("place", "room", "city"):
        reason = pick(_PLACE_REASONS).replace("{w}", old)
        return reason[0].upper() + reason[1:] + text
    before = opening(False)
    small = lowered(text) if before[-2:] in (", ", "t ", "w ", "s ") or R() < 0.4 else text
    said = before + (small if k < 0.85 else small.rstrip("."))
    if R() < 0.2:
        said = said[0].lower() + said[1:]
    return said


def said(text, value, old, sort, chinese, directly):
    """A correction: `text` is the new sentence, `value` stands in it where `old` stood; `directly` after it was said or asked."""
    if directly and R() < 0.55 or not directly and R() < 0.3:
        found = _zh_by_part(text, value, old) if chinese else _by_part(text, value, old, sort)
        if found and (directly or _names_subject(found, text)):
            if not chinese and R() < 0.3:
                before = opening(False)
                found = before + (found[0].lower() + found[1:] if found.startswith(("It", "No", "Not", "Sorry", "The", "You", "As", "About")) else found)
            return found
    return _anew(text, old, chinese, sort)


def _names_subject(found, text):
    """Whether the correction says what it is about: it begins with two words of the sentence."""
    head = text[:4] if text[:1] > "\u2e80" else " ".join(text.split(" ")[:2])
    return head.lower() in found.lower()
