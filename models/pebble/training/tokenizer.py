"""Pebble's tokenizer: bytes, so that nothing is unknown; single digits; a token for each Chinese character; pieces of words.

A word has the same pieces at the beginning of an answer as within a sentence: pieces are learned without the space before
them, and the space is merged last.
"""
import collections
import json
import math
import re

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"]
END, START, STOP = 0, 1, 2
ROLES = ["system", "user", "assistant", "tool"]
# llama.cpp's `qwen2`
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
WORD_PIECES, SPACED_PIECES, PUNCTUATION_PIECES, CHARACTERS = 6300, 3000, 64, 2700
SPACE = "\u0120"


def _byte_letters() -> dict[int, str]:
    """The printable stand-ins for bytes that GPT-2's tokenizer uses."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in plain}
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + len(letters) - len(plain))
    return letters


LETTERS = _byte_letters()


def written(text: str) -> str:
    return "".join(LETTERS[b] for b in text.encode())


def build(texts: list[str], path: str) -> Tokenizer:
    """Learns from `texts` and writes `path`; vocabulary of about 10,000."""
    words, punctuation, ideographs = collections.Counter(), collections.Counter(), collections.Counter()
    for text in texts:
        words.update(re.findall(r"[^\W\d_]+", text))
        punctuation.update(re.findall(r" ?[^\w\s]+\n*|\n+", text))
        ideographs.update(c for c in text if ord(c) > 0x2E00)
    latin = {w: c for w, c in words.items() if ord(max(w)) <= 0x2E00}
    merges = _character_merges(ideographs)
    merges += _word_merges(_pieces(latin))
    merges += [("'", x) for x in ("s", "t", "m", "re", "ve", "ll", "d")]
    merges += _punctuation_merges(punctuation)
    tokenizer, merges = _tokenizer(merges)
    first = collections.Counter()
    for word, count in latin.items():
        first[tokenizer.encode(word).tokens[0]] += count
    known = {a + b for a, b in merges}
    merges += [(SPACE, piece) for piece, _ in first.most_common(SPACED_PIECES) if SPACE + piece not in known]
    tokenizer, _ = _tokenizer(merges)
    tokenizer.save(path)
    return tokenizer


def load(path: str) -> Tokenizer:
    return Tokenizer.from_file(path)


def _pieces(words: dict[str, int]) -> collections.Counter:
    """How often each word is shown to the learner; rare ones count more than their share."""
    counted = collections.Counter({word: math.ceil(count**0.62) for word, count in words.items()})
    for role in ROLES:
        counted[role] += 20_000
    return counted


def _word_merges(counted: collections.Counter) -> list[tuple[str, str]]:
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    trainer = trainers.BpeTrainer(vocab_size=256 + WORD_PIECES, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    learner.train_from_iterator((w for w, c in counted.items() for _ in range(c)), trainer)
    return [tuple(m) if not isinstance(m, str) else tuple(m.split(" ")) for m in json.loads(learner.to_str())["model"]["merges"]]


def _character_merges(ideographs: collections.Counter) -> list[tuple[str, str]]:
    merges = []
    for character, _ in sorted(ideographs.items(), key=lambda x: (-x[1], x[0]))[:CHARACTERS]:
        e = written(character)
        if len(e) == 3:
            merges += [(e[0], e[1]), (e[0] + e[1], e[2])]
    return merges


def _punctuation_merges(punctuation: collections.Counter) -> list[tuple[str, str]]:
    runs, merges = {tuple(written(p)): c for p, c in punctuation.items()}, []
    for _ in range(PUNCTUATION_PIECES):
        pairs = collections.Counter()
        for run, count in runs.items():
            for pair in zip(run, run[1:]):
                pairs[pair] += count
        if not pairs:
            break
        (a, b), _count = pairs.most_common(1)[0]
        merges.append((a, b))
        joined = collections.Counter()
        for run, count in runs.items():
            joined[_join(run, a, b)] += count
        runs = dict(joined)
    return merges


def _join(run: tuple[str, ...], a: str, b: str) -> tuple[str, ...]:
    out, i = [], 0
    while i < len(run):
        both = i + 1 < len(run) and run[i] == a and run[i + 1] == b
        out.append(a + b if both else run[i])
        i += 2 if both else 1
    return tuple(out)


def _tokenizer(merges: list[tuple[str, str]]) -> tuple[Tokenizer, list[tuple[str, str]]]:
    merges = list(dict.fromkeys(merges))
    vocabulary = {token: i for i, token in enumerate(SPECIAL)}
    for byte in sorted(LETTERS):
        vocabulary.setdefault(LETTERS[byte], len(vocabulary))
    for a, b in merges:
        vocabulary.setdefault(a + b, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    return tokenizer, merges
