"""Trains Pebble's two models from nothing and writes them as GGUF, on one GPU.

    python3 train.py tokenizer            a minute, no GPU: training/tokenizer.json from the corpus
    python3 train.py embedder [--minutes 7]
    python3 train.py chat [--minutes 15] [--words-from pebble-embed-q8_0.gguf]
    python3 train.py all                  the three, one after another

Needs PyTorch, tokenizers and numpy. `--device cpu --tiny` tries the program out in two minutes and yields nothing of use.
"""
import argparse
import collections
import functools
import json
import math
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import corpus
import numpy as np
import torch
from corpus import format as prompt
from torch.nn import functional as F
from training import feed, gguf, network
from training import tokenizer as tokens
from training.optimiser import Optimiser, schedule

TOKENIZER = HERE / "training" / "tokenizer.json"
BEGAN = time.time()


def say(*words) -> None:
    print(f"[{time.time() - BEGAN:6.1f}]", *words, flush=True)


def make_tokenizer(options) -> None:
    rng = random.Random(7)
    texts = [text for _ in range(options.samples) for _, text in corpus.conversation(rng)]
    texts += [text for _ in range(options.samples) for text in corpus.pair(rng)[:3]]
    texts += [path.read_text(encoding="utf8") for path in sorted((HERE / "corpus").rglob("*.txt"))]
    tokenizer = tokens.build(texts, str(TOKENIZER))
    sample = [prompt.render(corpus.conversation(rng)) for _ in range(2000)]
    lengths = sorted(len(e.ids) for e in tokenizer.encode_batch(sample))
    say("vocabulary", tokenizer.get_vocab_size(), "| tokens a conversation", sum(lengths) / len(lengths), "median",
        lengths[1000], "95 %", lengths[1900], "most", lengths[-1], "| letters a token", sum(map(len, sample)) / sum(lengths))


def vocabulary_of(tokenizer) -> int:
    return (tokenizer.get_vocab_size() + 63) // 64 * 64


# ---- the chat model


class Trainer:
    """What training the one begins with as well as the other: `shape_of` makes the sizes from the vocabulary's."""

    def __init__(self, options, shape_of):
        torch.set_float32_matmul_precision("high")
        torch.manual_seed(options.seed)
        self.device, self.cuda = options.device, options.device == "cuda"
        self.tokenizer = tokens.load(str(TOKENIZER))
        shape = shape_of(vocabulary_of(self.tokenizer))
        self.model = network.Network(network.tiny(shape) if options.tiny else shape).to(self.device)
        if self.cuda:
            torch._dynamo.config.recompile_limit = 32
            self.model.step = torch.compile(network.Layer.forward, dynamic=False)

    def synchronise(self) -> None:
        if self.cuda:
            torch.cuda.synchronize()


class ChatTrainer(Trainer):
    def __init__(self, options):
        super().__init__(options, network.chat_shape)
        self.layout = feed.Layout(2, 1024) if options.tiny else feed.Layout(24, 4096)
        if options.words_from:
            self.begin_with(options.words_from)
        self.optimiser = Optimiser(self.model, options.rate, options.matrix_rate)
        self.head = torch.compile(head_loss, dynamic=False) if self.cuda else head_loss
        say("chat model", self.model.parameters_count(), "weights,", vocabulary_of(self.tokenizer), "tokens")

    def begin_with(self, path: str) -> None:
        """What the words mean is known from an embedder of the same tokenizer: which of them are alike need not be learned twice."""
        table = torch.from_numpy(gguf.read_matrix(path, "token_embd.weight"))
        if table.shape != self.model.embedding.shape:
            raise ValueError(f"{path} has other words or another width: {tuple(table.shape)}")
        with torch.no_grad():
            self.model.embedding.copy_(table * (0.5 / table.norm(dim=1).median()))

    def on_device(self, batch: feed.ChatBatch):
        move = lambda a, kind: torch.from_numpy(a.astype(kind)).to(self.device, non_blocking=True)
        return (move(batch.tokens, np.int64), move(batch.position, np.int32), move(batch.conversation, np.int32),
                move(batch.chosen, np.int64), move(batch.weight, np.float32))

    def hidden(self, ids, position, conversation):
        masks = network.masks(conversation, self.model.shape)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.cuda):
            return self.model(ids, position, *masks)

    def step(self, batch: feed.ChatBatch, factor: float) -> torch.Tensor:
        ids, position, conversation, chosen, weight = self.on_device(batch)
        following = torch.cat([ids.flatten()[1:], ids.flatten()[:1]])
        hidden = self.hidden(ids, position, conversation).flatten(0, 1)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.cuda):
            loss = self.head(hidden[chosen], self.model.embedding, following[chosen], weight)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step(factor)
        return loss.detach()

    @torch.no_grad()
    def examine(self, batches: list[feed.ChatBatch]) -> dict[str, str]:
        """How many answers of each kind it would have written to the letter."""
        right, all_ = collections.Counter(), collections.Counter()
        for batch in batches:
            ids, position, conversation, _, _ = self.on_device(batch)
            hidden = self.hidden(ids, position, conversation)
            guess = torch.cat([F.linear(row.to(self.model.embedding.dtype), self.model.embedding).argmax(-1) for row in hidden])
            following = torch.cat([ids.flatten()[1:], ids.flatten()[:1]])
            same = (guess == following).cpu().numpy()
            for kind, first, end in batch.answers:
                all_[kind] += 1
                right[kind] += bool(same[first:end].all())
        return {kind: f"{right[kind]}/{all_[kind]} {100 * right[kind] / all_[kind]:.1f} %" for kind in sorted(all_)}

    def train(self, options) -> None:
        make = functools.partial(feed.chat_batches, layout=self.layout)
        batches = feed.Feed(make, str(TOKENIZER), options.seed, options.processes, options.kept)
        kept_apart = random.Random(424_242)
        exam = [feed.chat_batch(self.tokenizer, kept_apart, self.layout) for _ in range(2 if options.tiny else 6)]
        for _ in range(3):
            self.step(batches.take(), 0.0)
        self.synchronise()
        say("ready; steps of", self.layout.rows * self.layout.length, "tokens")
        began, paused, steps, losses, marks = time.time(), 0.0, 0, [], [0.5]
        while (done := (time.time() - began) / (options.minutes * 60)) < 1:
            loss = self.step(batches.take(), schedule(done, options.flat))
            steps += 1
            if steps % 10 == 0:
                self.synchronise()
            if steps % 100 == 0:
                losses.append(loss.item())
            if steps % 1000 == 0 or options.tiny and steps % 20 == 0:
                say("step", steps, "loss", round(float(np.mean(losses[-10:])), 4) if losses else loss.item(), "done", round(done, 3),
                    "fresh", batches.made, "again", batches.again, "s/step", round((time.time() - began - paused) / steps, 4))
            if marks and done > marks[0]:
                marks.pop(0)
                pause = time.time()
                say("kept apart:", self.examine(exam[:1]))
                paused += time.time() - pause
        self.synchronise()
        say("trained", steps, "steps,", steps * self.layout.rows * self.layout.length // 10**6, "million places; fresh", batches.made)
        batches.close()
        path = Path(options.out) / "pebble-chat-q8_0.gguf"
        say(path.name, gguf.write(str(path), self.model, self.tokenizer, "Pebble Chat", tokens.SPECIAL), "bytes")
        say("kept apart:", self.examine(exam))


def head_loss(hidden, embedding, following, weight):
    each = F.cross_entropy(F.linear(hidden, embedding).float(), following, reduction="none")
    return (each * weight).sum() / weight.sum()


# ---- the embedder


class EmbedderTrainer(Trainer):
    def __init__(self, options):
        super().__init__(options, network.embedder_shape)
        self.sharpness = torch.nn.Parameter(torch.tensor(math.log(20.0), device=self.device))
        self.optimiser = Optimiser(self.model, options.rate * 0.75, options.matrix_rate * 0.67)
        self.of_sharpness = torch.optim.Adam([self.sharpness], lr=1e-3)
        self.pairs = 64 if options.tiny else options.pairs
        self.left_out, self.words_alone = options.left_out, options.words_alone
        say("embedder", self.model.parameters_count(), "weights")

    def embed(self, ids: torch.Tensor, length: torch.Tensor, left_out: float = 0.0) -> torch.Tensor:
        """texts × tokens → texts × width, of length one: the mean over the text's tokens, as llama.cpp pools.

        In training a share of the tokens is `left_out`: what a text means must not hang on one of them.
        """
        there = torch.arange(ids.shape[1], device=ids.device)[None] < length[:, None]
        if left_out:
            some = there & (torch.rand(there.shape, device=ids.device) >= left_out)
            there = torch.where(some.any(1, keepdim=True), some, there)
        mask = there[:, None, None, :].expand(-1, -1, ids.shape[1], -1)
        position = torch.arange(ids.shape[1], device=ids.device)[None]
        with torch.autocast(self.device, torch.bfloat16, enabled=self.cuda):
            hidden = self.model(ids, position, None, mask)
        there = there[..., None].float()
        return F.normalize((hidden.float() * there).sum(1) / there.sum(1), dim=-1)

    def step(self, batch: feed.PairBatch, factor: float) -> torch.Tensor:
        """Each question against every passage of the batch and every passage that only looks as if it answered."""
        ids = torch.from_numpy(batch.tokens.astype(np.int64)).to(self.device)
        length = torch.from_numpy(batch.length.astype(np.int64)).to(self.device)
        group = torch.from_numpy(batch.group).to(self.device)
        asked, said = ids[:, 0, : feed.QUESTION_WIDTH], ids[:, 1:].flatten(0, 1)
        question = self.embed(asked, length[:, 0], self.left_out)
        good, bad = self.embed(said, length[:, 1:].flatten(), self.left_out).view(len(ids), 2, -1).unbind(1)
        # Another pair of the same group may answer just as well: it is no counterexample. A pair's own look-alike is one.
        alike = (group[:, None] == group[None]) & ~torch.eye(len(ids), dtype=torch.bool, device=self.device)
        loss = self.loss(question, good, bad, alike, self.sharpness.exp().clamp(max=100))
        if self.words_alone:
            # The words without their order have to do as well: so each learns a meaning of its own.
            question = self.bag(asked, length[:, 0])
            good, bad = self.bag(said, length[:, 1:].flatten()).view(len(ids), 2, -1).unbind(1)
            loss = loss + self.words_alone * self.loss(question, good, bad, alike, 20.0)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.of_sharpness.step()
        self.of_sharpness.zero_grad()
        self.optimiser.step(factor)
        return loss.detach()

    def loss(self, question, good, bad, alike, scale) -> torch.Tensor:
        to_good = (question @ good.T * scale).masked_fill(alike, -1e4)
        to_bad = (question @ bad.T * scale).masked_fill(alike, -1e4)
        own = torch.arange(len(question), device=self.device)
        return (F.cross_entropy(torch.cat([to_good, to_bad], 1), own) + F.cross_entropy(to_good.T, own)) / 2

    def bag(self, ids: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        there = (torch.arange(ids.shape[1], device=ids.device)[None] < length[:, None]).float()
        return F.normalize((F.embedding(ids, self.model.embedding) * there[..., None]).sum(1), dim=-1)

    def train(self, options) -> None:
        make = functools.partial(feed.pair_batches, count=self.pairs)
        batches = feed.Feed(make, str(TOKENIZER), options.seed + 7, options.processes, options.kept)
        began, steps = None, 0
        while began is None or (done := (time.time() - began) / (options.minutes * 60)) < 1:
            if began is None and steps == 24:  # compiled for every width by now
                began, steps, done = time.time(), 0, 0.0
                say("ready; steps of", self.pairs, "pairs")
            loss = self.step(batches.take(), schedule(done, options.flat) if began else 0.0)
            steps += 1
            if steps % 10 == 0:
                self.synchronise()
            if steps % 500 == 0 or options.tiny and steps % 20 == 0:
                say("step", steps, "loss", round(loss.item(), 4), "fresh", batches.made, "again", batches.again,
                    "sharpness", round(self.sharpness.exp().item(), 1))
        batches.close()
        say("trained", steps, "steps of", self.pairs, "pairs")
        path = Path(options.out) / "pebble-embed-q8_0.gguf"
        say(path.name, gguf.write(str(path), self.model, self.tokenizer, "Pebble Embed", tokens.SPECIAL), "bytes")
        self.examine(options)

    @torch.no_grad()
    def vectors(self, texts: list[str]) -> torch.Tensor:
        out = []
        for at in range(0, len(texts), 256):
            encoded = [e.ids[:256] or [tokens.STOP] for e in self.tokenizer.encode_batch(texts[at : at + 256])]
            width = next(w for w in feed.PASSAGE_WIDTHS if w >= max(map(len, encoded)))
            ids = torch.zeros(256, width, dtype=torch.long)
            length = torch.ones(256, dtype=torch.long)
            for i, tokens_ in enumerate(encoded):
                ids[i, : len(tokens_)], length[i] = torch.tensor(tokens_), len(tokens_)
            out.append(self.embed(ids.to(self.device), length.to(self.device))[: len(encoded)])
        return torch.cat(out)

    def examine(self, options) -> None:
        rng = random.Random(424_243)
        made = [corpus.pair(rng) for _ in range(200 if options.tiny else 4000)]
        question, good, bad = (self.vectors([p[i] for p in made]) for i in range(3))
        score = question @ good.T
        rank = (score > score.diag()[:, None]).sum(1)
        say("kept apart: first", share(rank < 1), "in five", share(rank < 5), "of", len(made), "| above its look-alike",
            share((question * good).sum(1) > (question * bad).sum(1)))
        if options.retrieval:
            given = json.loads(Path(options.retrieval).read_text(encoding="utf8"))
            passages = [p["sentence"] for p in given["pairs"] + given["distractors"]]
            question, passage = self.vectors([p["question"] for p in given["pairs"]]), self.vectors(passages)
            score = question @ passage.T
            own = torch.arange(len(question), device=score.device)
            rank = (score > score[own, own][:, None]).sum(1)
            say("hand-written: first", share(rank < 1), "in five", share(rank < 5), "of", len(own), "among", len(passages))
            for kind in sorted({p["shared"] for p in given["pairs"]}):
                of_kind = torch.tensor([p["shared"] == kind for p in given["pairs"]], device=rank.device)
                say("  words shared:", kind, "first", share(rank[of_kind] < 1), "in five", share(rank[of_kind] < 5))
            for i in torch.nonzero(rank >= 5).flatten().tolist()[:40]:
                say("  missed", given["pairs"][i]["question"], "|", given["pairs"][i]["sentence"], "|", passages[int(score[i].argmax())])


def share(which: torch.Tensor) -> str:
    return f"{100 * which.float().mean().item():.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tokenizer", "chat", "embedder", "all"])
    parser.add_argument("--minutes", type=float, help="of training: 15 for chat, 7 for the embedder")
    parser.add_argument("--out", default=str(HERE), help="folder for the GGUF files")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) - 2), help="that make batches")
    parser.add_argument("--kept", type=int, default=4000, help="batches held for another time")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--matrix-rate", type=float, default=3e-3)
    parser.add_argument("--flat", type=float, default=0.4, help="share of the time before the learning rate falls")
    parser.add_argument("--words-from", help="the embedder's GGUF, with whose words the chat model begins (`all` does so)")
    parser.add_argument("--pairs", type=int, default=6144, help="in a batch of the embedder")
    parser.add_argument("--left-out", type=float, default=0.15, help="share of the tokens that the embedder does without in training")
    parser.add_argument("--words-alone", type=float, default=0.5, help="weight of the embedder's second task, without the order of words")
    parser.add_argument("--samples", type=int, default=25_000, help="conversations that the tokenizer learns from")
    parser.add_argument("--retrieval", help="JSON with `pairs` (question, sentence, shared) and `distractors` to score the embedder on")
    parser.add_argument("--tiny", action="store_true", help="a model of no use, to try the program out")
    options = parser.parse_args()
    usual = {"chat": 15.0, "embedder": 7.0}
    for what in ["tokenizer", "embedder", "chat"] if options.what == "all" else [options.what]:
        if what == "tokenizer":
            make_tokenizer(options)
            continue
        if what == "chat" and options.what == "all" and not options.tiny:
            options.words_from = str(Path(options.out) / "pebble-embed-q8_0.gguf")
        trainer = {"chat": ChatTrainer, "embedder": EmbedderTrainer}[what]
        trainer(options).train(argparse.Namespace(**{**vars(options), "minutes": options.minutes or usual[what]}))


if __name__ == "__main__":
    main()
