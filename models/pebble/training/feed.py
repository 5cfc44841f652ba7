"""Batches made by processes beside the training: conversations packed into rows, and pairs for the embedder."""
import multiprocessing
import queue
import random
import re
import threading
from dataclasses import dataclass

import numpy as np

import corpus
from corpus import format as prompt

from . import tokenizer as tokens


@dataclass
class ChatBatch:
    """rows × tokens each; `chosen` are places in the flattened rows whose next token is learned."""

    tokens: np.ndarray  # uint16
    position: np.ndarray  # int16, from 0 in each conversation
    conversation: np.ndarray  # int16, which conversation of the row; padding is one too
    chosen: np.ndarray  # int32
    weight: np.ndarray  # float32
    answers: list[tuple[str, int, int]]  # kind, first place, end (flattened), of each answer


@dataclass(frozen=True)
class Layout:
    rows: int
    length: int

    @property
    def chosen(self) -> int:
        return int(self.rows * self.length * 0.28) // 64 * 64


OTHER_WEIGHT = 0.05  # what is read, not written, is learned a little


def kind_of(answer: str) -> str:
    if re.search(r"\[\d+\]\s*$", answer):
        return "cited"
    if answer.startswith(("Noted", "记住了")):
        return "noted"
    if answer in (prompt.UNK, prompt.UNKZH):
        return "unknown"
    if answer in (prompt.OOD, prompt.OODZH):
        return "beyond"
    if answer.startswith("<tool_call>"):
        return "tool"
    if answer.startswith(("{", "[")):
        return "json"
    return "other"


def chat_batches(tokenizer, rng: random.Random, layout: Layout) -> list[ChatBatch]:
    return [chat_batch(tokenizer, rng, layout)]


def chat_batch(tokenizer, rng: random.Random, layout: Layout) -> ChatBatch:
    shape = (layout.rows, layout.length)
    batch = ChatBatch(np.zeros(shape, np.uint16), np.zeros(shape, np.int16), np.full(shape, -1, np.int16),
                      np.zeros(layout.chosen, np.int32), np.zeros(layout.chosen, np.float32), [])
    written = np.zeros(shape, bool)  # written by the assistant
    row, at, number = 0, 0, 0
    while row < layout.rows:
        conversations = [corpus.conversation(rng) for _ in range(64)]
        encoded = tokenizer.encode_batch([prompt.render(c) for c in conversations])
        for conversation, encoding in zip(conversations, encoded):
            ids = np.array(encoding.ids, np.uint16)
            if len(ids) > layout.length:
                continue
            if at + len(ids) > layout.length:
                row, at, number = row + 1, 0, 0
                if row == layout.rows:
                    break
            span = slice(at, at + len(ids))
            batch.tokens[row, span], batch.position[row, span], batch.conversation[row, span] = ids, np.arange(len(ids)), number
            for kind, first, end in _answers(conversation, ids):
                # a token is learned at the place before it
                written[row, at + first - 1 : at + end - 1] = True
                batch.answers.append((kind, row * layout.length + at + first - 1, row * layout.length + at + end - 1))
            at, number = at + len(ids), number + 1
    _choose(batch, written.ravel(), np.random.default_rng(rng.getrandbits(32)))
    return batch


def _answers(conversation, ids: np.ndarray):
    """Kind, first token and end of each answer, its end mark included."""
    starts, stops = np.flatnonzero(ids == tokens.START), np.flatnonzero(ids == tokens.STOP)
    for (role, text), start, stop in zip(conversation, starts, stops):
        if role == "assistant":
            yield kind_of(text), int(start) + 3, int(stop) + 1


def _choose(batch: ChatBatch, written: np.ndarray, rng: np.random.Generator) -> None:
    """All that the assistant wrote, as far as there is room, and as much of the rest as fits."""
    inside = batch.conversation.ravel()[:-1] == batch.conversation.ravel()[1:]
    inside = np.append(inside & (batch.conversation.ravel()[:-1] >= 0), False)
    answers, others = np.flatnonzero(written), np.flatnonzero(inside & ~written)
    room = len(batch.chosen)
    if len(answers) > room:
        answers = rng.permutation(answers)[:room]
    others = rng.permutation(others)[: room - len(answers)]
    count = len(answers) + len(others)
    batch.chosen[: len(answers)], batch.weight[: len(answers)] = answers, 1
    batch.chosen[len(answers) : count], batch.weight[len(answers) : count] = others, OTHER_WEIGHT


@dataclass
class PairBatch:
    """pairs × 3 × width: question, the passage that answers it, one that looks as if; and their lengths."""

    tokens: np.ndarray  # uint16
    length: np.ndarray  # int16
    group: np.ndarray  # int64: two of one group may answer each other's questions


QUESTION_WIDTH = 64
PASSAGE_WIDTHS = (48, 96, 256)


def pair_batches(tokenizer, rng: random.Random, count: int) -> list[PairBatch]:
    """Three batches, by the length of their passages, so that little is padding; of long ones fewer."""
    made = [corpus.pair(rng) for _ in range(2 * count)]
    encoded = tokenizer.encode_batch([text for pair in made for text in pair[:3]])
    lengths = np.array([max(1, len(e.ids)) for e in encoded]).reshape(-1, 3)
    longest = lengths[:, 1:].max(1)
    batches, narrower = [], 0
    for width in PASSAGE_WIDTHS:
        inside = np.flatnonzero((longest > narrower) & ((longest <= width) | (width == PASSAGE_WIDTHS[-1])))
        size = count * PASSAGE_WIDTHS[0] // width // 8 * 8
        for at in range(0, len(inside) - size + 1, size):
            batches.append(_pair_batch(made, encoded, inside[at : at + size], width))
        narrower = width
    return batches


def _pair_batch(made, encoded, which: np.ndarray, width: int) -> PairBatch:
    batch = PairBatch(np.zeros((len(which), 3, width), np.uint16), np.zeros((len(which), 3), np.int16),
                      np.array([hash_of(made[i][3]) for i in which], np.int64))
    for row, i in enumerate(which):
        for place in range(3):
            room = min(width, QUESTION_WIDTH) if place == 0 else width
            ids = encoded[3 * i + place].ids[:room] or [tokens.STOP]
            batch.tokens[row, place, : len(ids)], batch.length[row, place] = ids, len(ids)
    return batch


def hash_of(group: str) -> int:
    """The same in every process, unlike `hash`."""
    value = 0xCBF29CE484222325
    for byte in group.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value - 2**63


_make = _tokenizer = None


def _start(make, path: str) -> None:
    global _make, _tokenizer
    _make, _tokenizer = make, tokens.load(path)


def _work(seed: int):
    return _make(_tokenizer, random.Random(seed))


class Feed:
    """Fresh batches while they last, else one of those that were made before."""

    def __init__(self, make, tokenizer_path: str, seed: int, processes: int, kept: int):
        """make(tokenizer, rng) → batches; `kept`: how many are held for another time."""
        self.pool = multiprocessing.get_context("fork").Pool(processes, _start, (make, tokenizer_path))
        self.fresh: queue.Queue = queue.Queue(64)
        self.seen: list = []
        self.kept, self.made, self.again = kept, 0, 0
        self.rng = random.Random(seed)
        self.results = self.pool.imap_unordered(_work, (seed * 1_000_003 + i for i in range(10**7)))
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        try:
            for batches in self.results:
                for batch in batches:
                    self.fresh.put(batch)
        except Exception as error:  # noqa: BLE001 — handed to whoever takes the next batch
            self.fresh.put(error)

    def take(self):
        try:
            batch = self.fresh.get(block=not self.seen)
        except queue.Empty:
            self.again += 1
            return self.seen[self.rng.randrange(len(self.seen))]
        if isinstance(batch, Exception):
            raise batch
        self.made += 1
        if len(self.seen) < self.kept:
            self.seen.append(batch)
        else:
            self.seen[self.rng.randrange(self.kept)] = batch
        return batch

    def close(self) -> None:
        self.pool.terminate()
