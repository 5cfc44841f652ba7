"""The one source of chance: everything the corpus makes is drawn from it, so a seed decides a conversation.

`R` is bound once and called everywhere (it is the hottest call of the program); reseeding keeps it valid.
"""
import random

_generator = random.Random(0)
R = _generator.random


def reseed(rng):
    """Continues from a state that `rng` decides."""
    _generator.seed(rng.getrandbits(64))


def pick(options):
    """One of them, each as likely as another."""
    return options[int(R() * len(options))]


def between(low, high):
    """A whole number, both ends included."""
    return low + int(R() * (high - low + 1))


def digits(count):
    """So many digits, the first not a zero."""
    return str(int((1 + R() * 9) * 10 ** (count - 1)))[:count] if count < 16 else "".join(pick("0123456789") for _ in range(count))


def shuffled(items):
    """A copy in another order."""
    items = list(items)
    for i in range(len(items) - 1, 0, -1):
        j = int(R() * (i + 1))
        items[i], items[j] = items[j], items[i]
    return items
