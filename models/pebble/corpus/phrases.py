"""Sentences with choices in place: `[Hi|Hello][| there]!` says one of four; choices nest, `{name}` is filled in."""
from .chance import R


class Slot(str):
    """Stands for a value; `{name}` in the text."""


def phrase(text):
    """Reads the text once, so that saying it is fast."""
    parts, end = _parts(text, 0, False)
    if end != len(text):
        raise ValueError(f"unbalanced ] in: {text}")
    return parts


def _parts(text, i, inside):
    alternatives, parts, plain = [], [], ""

    def close():
        nonlocal plain
        if plain:
            parts.append(plain)
        plain = ""

    while i < len(text):
        c = text[i]
        if c == "[":
            close()
            choice, i = _parts(text, i + 1, True)
            parts.append(choice)
        elif c == "]" and inside:
            close()
            alternatives.append(tuple(parts))
            return alternatives, i + 1
        elif c == "|" and inside:
            close()
            alternatives.append(tuple(parts))
            parts = []
            i += 1
        elif c == "{":
            close()
            end = text.index("}", i)
            parts.append(Slot(text[i + 1 : end]))
            i = end + 1
        elif c == "\\":
            plain += "\n" if text[i + 1] == "n" else text[i + 1]
            i += 2
        else:
            plain += c
            i += 1
    if inside:
        raise ValueError(f"unbalanced [ in: {text}")
    close()
    return tuple(parts), i


def say(parts, value=None):
    """One of the sentences; `value(name)` gives what a slot stands for."""
    out = []
    _say(parts, value, out)
    return "".join(out)


def _say(parts, value, out):
    for part in parts:
        kind = type(part)
        if kind is str:
            out.append(part)
        elif kind is Slot:
            out.append(value(part))
        else:
            _say(part[int(R() * len(part))], value, out)


def count(parts):
    """How many sentences it can say, each slot taken as one."""
    total = 1
    for part in parts:
        if type(part) is list:
            total *= sum(count(alternative) for alternative in part)
    return total


def slots(parts):
    """The names of all slots."""
    for part in parts:
        if type(part) is Slot:
            yield str(part)
        elif type(part) is list:
            for alternative in part:
                yield from slots(alternative)


class Weighted:
    """Phrases, each drawn by the cube root of how much it can say: many wordings count more, but not all."""

    def __init__(self, texts):
        self.phrases = [phrase(text) for text in texts]
        total = 0.0
        self.sums = []
        for parts in self.phrases:
            total += min(count(parts), 1000) ** (1 / 3)
            self.sums.append(total)

    def draw(self):
        k = R() * self.sums[-1]
        low, high = 0, len(self.sums) - 1
        while low < high:
            middle = (low + high) // 2
            if self.sums[middle] > k:
                high = middle
            else:
                low = middle + 1
        return self.phrases[low]
