"""Entries that contradict each other: of two about the same thing the one said later holds."""
from . import corrections, families, labels
from .asked import of_situation
from .chance import R, between, pick, shuffled
from .distractors import distractors
from .format import cite, document_label, memory_label, with_context

_NOW = ("{}", "{}", "{}", "{}", "{} Now.", "As of now: {}", "Currently: {}", "{} The latest, please.", "{} I mean the current state.")


def turn(chinese):
    """(question, answer, None); two to three versions, their dates in any order."""
    while True:
        family = families.draw("zh" if chinese else "en")
        asking = [i for i, (slot, _) in enumerate(family.questions) if slot != "*"]
        if not asking:
            continue
        index = pick(asking)
        versions = _versions(families.Situation(family), index)
        if versions:
            break
    newest = versions[-1]
    labels_ = _dated(len(versions), chinese)
    made = [(label, asked.text, asked) for label, asked in zip(labels_, versions)]
    others = distractors(newest, pick((0, 1, 1, 2, 3, 4)))
    made += [(labels.memory() if R() < 0.6 else labels.document(None, chinese), line.text, None) for line in others]
    made = shuffled(made)
    number = [asked for _, _, asked in made].index(newest) + 1
    question = pick(_NOW).format(newest.typed()) if not chinese else newest.typed()
    return with_context([entry[:2] for entry in made], question), cite(newest.answer(), number), None


def _versions(situation, index):
    """The same situation with another value for what is asked, oldest first; None where two have the same."""
    slot = situation.family.questions[index][0]
    versions, seen = [], set()
    statement = pick(situation.family.fits[index])
    for _ in range(2 if R() < 0.85 else 3):
        values = dict(situation.values)
        values[slot] = situation.family.values()[slot]
        if values[slot] in seen:
            return None
        seen.add(values[slot])
        # mostly said in the same words, as people do who put something right
        chosen = statement if R() < 0.5 else pick(situation.family.fits[index])
        asked = of_situation(families.Situation(situation.family, values), index, chosen)
        if versions and R() < 0.35:
            asked.text = _as_news(asked.text, values[slot], versions[-1].situation.values[slot], asked.chinese)
        versions.append(asked)
    return versions


def _as_news(text, value, old, chinese):
    """The newer version as one says what has changed: "… now", "…改成…了"."""
    if not chinese:
        return text.rstrip(".") + pick((" now.", " now.", " from now on.", " these days.", " instead.", " as of today."))
    return corrections.as_change(text, value, old) or text


def _dated(count, chinese):
    """Labels from old to new: days of memories, or years of a document's editions."""
    if R() < 0.82:
        days = set()
        while len(days) < count:
            days.add(labels.day() if R() < 0.6 or not days else _soon_after(pick(sorted(days))))
        return [memory_label(day) for day in sorted(days)]
    stem, _, ending = labels.file_name(chinese).rpartition(".")
    stem = stem.rstrip("0123456789-_ v") or "plan"
    years = sorted(set(between(2019, 2028) for _ in range(8)))[:count]
    while len(years) < count:
        years.append(years[-1] + 1)
    glue = pick("-_ ")
    return [document_label(f"{stem}{glue}{year}.{ending}", between(1, 30) if R() < 0.3 else None) for year in years]


def _soon_after(day):
    """A day of the same month, so that only its last figures tell."""
    return day[:-2] + f"{between(1, 28):02d}"
