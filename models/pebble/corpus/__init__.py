"""Text that Pebble learns from, made by a program: conversations for the chat model, pairs for the embedder.

Nothing in it is taken from elsewhere: words and sentences were written for it (words/, families/, *.txt), chance does the rest.
"""
import importlib
from bisect import bisect

from . import chats, told
from .format import render
from .pairs import pair

__all__ = ["conversation", "pair", "render"]

def _chat(kind):
    return lambda rng: chats.conversation(rng, kind)


# kind: (weight, what makes it or the module whose `conversation` does, why)
MIX = {
    "grammar": (12, _chat("grammar"), "copying any sentence of an open vocabulary, with its number"),
    "families": (25, _chat("families"), "matching a question with a sentence that shares few words with it, or seeing that none answers"),
    "quiz": (15, "quiz", "the same, several questions to one set of entries: more meanings in fewer words"),
    "topics": (3, "topics", "which of several notes is about the matter of a question, though no word is the same"),
    "passages": (11, _chat("passages"), "the one sentence wanted among many of a document about the same topic"),
    "tables": (4, _chat("tables"), "rows of a table asked by one of their cells"),
    "two": (4, _chat("two"), "two things asked for at once, each answered with its own number"),
    "values": (3, _chat("values"), "the value alone, where the question says so"),
    "newer": (2.5, _chat("newer"), "of two entries that contradict each other the one said later"),
    "yes-no": (3, _chat("yes-no"), "a question for yes or no is answered by the sentence that decides"),
    "steps": (1, _chat("steps"), "the first, next or third of numbered steps"),
    "lists": (2, _chat("lists"), "short lists in one entry: hours by day, prices, what belongs to something"),
    "long": (2, _chat("long"), "contexts of up to 3,500 tokens, so that positions far back are read too"),
    "window": (2.5, chats.window, "a chat whose earlier entries are no longer shown"),
    "told": (7, told.conversation, "keeping any sentence that was told in the chat"),
    "sessions": (11, "sessions", "telling, correcting and asking in chats of up to 25 turns"),
    "talk": (6, "talk", "small talk, what Pebble is, and what it declines"),
    "tools": (10, "tools", "choosing a declared function and filling its arguments"),
    "edges": (4, "edges", "empty, loud, long and hostile messages"),
}


def _made_by(maker):
    return importlib.import_module(f".{maker}", __name__).conversation if isinstance(maker, str) else maker


_kinds = list(MIX)
_makers = {}
_bounds = []
_sum = 0
for _weight, _, _ in MIX.values():
    _sum += _weight
    _bounds.append(_sum)


def conversation(rng):
    """One conversation as (role, text) messages, decided by `rng` alone.

    Roles are system, user, assistant, and `earlier`: an assistant's message that is rendered as one, but must not be learned.
    """
    return of_kind(_kinds[bisect(_bounds, rng.random() * _sum)], rng)


def of_kind(kind, rng):
    """One conversation of a kind of the mix."""
    if kind not in _makers:
        _makers[kind] = _made_by(MIX[kind][1])
    return _makers[kind](rng)
