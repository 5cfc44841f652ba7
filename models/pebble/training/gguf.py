"""Writes a trained network as a GGUF file (version 3) with matrices at 8 bits, as llama.cpp reads it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; Q8_0: 32 weights share one 16-bit scale.
"""
import json
import os
import struct

import numpy as np

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ALIGNMENT = 32
LAYER_NAMES = {
    "attn_norm": "attn_norm", "attn_post": "post_attention_norm", "ffn_norm": "ffn_norm", "ffn_post": "post_ffw_norm",
    "q_norm": "attn_q_norm", "k_norm": "attn_k_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output",
    "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}


def write(path: str, network, tokenizer, name: str, special: list[str]) -> int:
    """Returns the file's bytes. The file appears whole or not at all."""
    shape = network.shape
    architecture = "gemma3" if shape.causal else "gemma-embedding"
    metadata = _metadata(architecture, shape, tokenizer, name, special)
    keys = b"".join(_string(k) + v for k, v in metadata)
    infos, blocks, offset = b"", [], 0
    tensors = _tensors(network)
    for tensor_name, weight in tensors:
        data, kind = _q8_0(weight) if weight.ndim == 2 else (weight.astype(np.float32).tobytes(), 0)
        infos += _string(tensor_name) + struct.pack("<I", weight.ndim)
        infos += b"".join(struct.pack("<Q", n) for n in reversed(weight.shape)) + struct.pack("<IQ", kind, offset)
        data += b"\0" * (-len(data) % ALIGNMENT)
        blocks.append(data)
        offset += len(data)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + keys + infos
    head += b"\0" * (-len(head) % ALIGNMENT)
    with open(path + ".part", "wb") as file:
        file.write(head + b"".join(blocks))
    os.replace(path + ".part", path)
    return len(head) + offset


def _tensors(network) -> list[tuple[str, np.ndarray]]:
    values = lambda p: p.detach().float().cpu().numpy()
    out = [("token_embd.weight", values(network.embedding)), ("output_norm.weight", values(network.norm))]
    for i, layer in enumerate(network.layers):
        out += [(f"blk.{i}.{theirs}.weight", values(getattr(layer, ours))) for ours, theirs in LAYER_NAMES.items()]
    return out


def _q8_0(weight: np.ndarray) -> tuple[bytes, int]:
    blocks = weight.reshape(-1, 32)
    scale = np.abs(blocks).max(1) / 127
    numbers = np.round(blocks / np.where(scale == 0, 1, scale)[:, None]).astype(np.int8)
    packed = np.concatenate([scale.astype(np.float16).view(np.uint8).reshape(-1, 2), numbers.view(np.uint8)], 1)
    return packed.tobytes(), 8


def _metadata(architecture: str, shape, tokenizer, name: str, special: list[str]) -> list[tuple[str, bytes]]:
    parsed = json.loads(tokenizer.to_str())["model"]
    tokens = [f"<unused{i}>" for i in range(shape.vocabulary)]
    for token, i in parsed["vocab"].items():
        tokens[i] = token
    known = len(parsed["vocab"])
    # 1 ordinary, 3 control (never shown), 4 user-defined (shown), 5 unused
    types = [3 if i < 3 else 4 if i < len(special) else 1 if i < known else 5 for i in range(shape.vocabulary)]
    merges = [m if isinstance(m, str) else " ".join(m) for m in parsed["merges"]]
    own = lambda key: f"{architecture}.{key}"
    keys = [
        ("general.architecture", _text(architecture)), ("general.name", _text(name)), ("general.file_type", _number(7)),
        ("general.license", _text("apache-2.0")),
        (own("block_count"), _number(shape.layers)), (own("context_length"), _number(shape.context)),
        (own("embedding_length"), _number(shape.width)), (own("feed_forward_length"), _number(shape.hidden)),
        (own("attention.head_count"), _number(shape.heads)), (own("attention.head_count_kv"), _number(shape.kv_heads)),
        (own("attention.key_length"), _number(shape.head)), (own("attention.value_length"), _number(shape.head)),
        (own("attention.layer_norm_rms_epsilon"), _real(1e-6)),
        (own("attention.sliding_window"), _number(shape.window)),
        (own("attention.sliding_window_pattern"), _number(shape.period)),
        (own("rope.freq_base"), _real(shape.rope_global)), (own("rope.freq_base_swa"), _real(shape.rope_local)),
        ("tokenizer.ggml.model", _text("gpt2")), ("tokenizer.ggml.pre", _text("qwen2")),
        ("tokenizer.ggml.tokens", _texts(tokens)), ("tokenizer.ggml.token_type", _numbers(types)),
        ("tokenizer.ggml.merges", _texts(merges)),
        ("tokenizer.ggml.bos_token_id", _number(0)), ("tokenizer.ggml.eos_token_id", _number(2)),
        ("tokenizer.ggml.padding_token_id", _number(0)),
        ("tokenizer.ggml.add_bos_token", _flag(False)), ("tokenizer.ggml.add_eos_token", _flag(False)),
    ]
    if shape.causal:
        return [*keys, ("tokenizer.chat_template", _text(CHAT_TEMPLATE))]
    return [*keys, (own("attention.causal"), _flag(False)), (own("pooling_type"), _number(1))]


_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def read_matrix(path: str, name: str) -> np.ndarray:
    """A matrix of a file that `write` made, at 32 bits. @raises KeyError where it has none of that name"""
    raw = memoryview(open(path, "rb").read())
    tensors, pairs = struct.unpack_from("<QQ", raw, 8)
    at = 24

    def number(form):
        nonlocal at
        value = struct.unpack_from("<" + form, raw, at)[0]
        at += struct.calcsize("<" + form)
        return value

    def text():
        nonlocal at
        length = number("Q")
        at += length
        return bytes(raw[at - length : at]).decode()

    def skip(kind):
        nonlocal at
        if kind == 8:
            text()
        elif kind == 9:
            inner, count = number("I"), number("Q")
            for _ in range(count):
                skip(inner)
        else:
            at += _FIXED[kind]

    for _ in range(pairs):
        text()
        skip(number("I"))
    found = None
    for _ in range(tensors):
        title, sizes = text(), [number("Q") for _ in range(number("I"))]
        kind, offset = number("I"), number("Q")
        if title == name:
            found = sizes[::-1], kind, offset
    if found is None or found[1] != 8:
        raise KeyError(f"{path} has no matrix {name} of 8 bits")
    (rows, columns), _, offset = found
    begin = at + -at % ALIGNMENT + offset
    blocks = np.frombuffer(raw[begin : begin + rows * columns // 32 * 34], np.uint8).reshape(-1, 34)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    return (blocks[:, 2:].view(np.int8) * scale).reshape(rows, columns)


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _text(text: str) -> bytes:
    return struct.pack("<I", 8) + _string(text)


def _number(value: int) -> bytes:
    return struct.pack("<II", 4, value)


def _real(value: float) -> bytes:
    return struct.pack("<If", 6, value)


def _flag(value: bool) -> bytes:
    return struct.pack("<IB", 7, value)


def _texts(values: list[str]) -> bytes:
    return struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(_string, values))


def _numbers(values: list[int]) -> bytes:
    return struct.pack("<IIQ", 9, 5, len(values)) + np.array(values, np.int32).tobytes()
