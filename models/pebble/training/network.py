"""The transformer behind both models, layer for layer as llama.cpp evaluates `gemma3` and `gemma-embedding`.

Chosen for what a device pays (one core, llama.cpp, 45 new tokens after 700): three of four layers look back over a window
of 128 tokens, so the twentieth turn of a chat begins nearly as fast as the second (22 → 32 ms; full attention 22 → 56 ms).
"""
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention


@dataclass(frozen=True)
class Shape:
    """Sizes of one model; the names are GGUF's."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    hidden: int
    causal: bool
    window: int  # tokens that a local layer looks back over
    period: int  # every so many layers one looks at everything
    context: int  # positions it is trained for
    rope_global: float
    rope_local: float

    def is_local(self, layer: int) -> bool:
        return self.causal and layer % self.period != self.period - 1


def chat_shape(vocabulary: int) -> Shape:
    return Shape(vocabulary, width=384, layers=12, heads=4, kv_heads=2, head=64, hidden=832, causal=True,
                 window=128, period=4, context=4096, rope_global=100_000.0, rope_local=10_000.0)


def embedder_shape(vocabulary: int) -> Shape:
    # One rotation base for all layers, and a window wider than any text: every token sees every other.
    return Shape(vocabulary, width=384, layers=5, heads=4, kv_heads=2, head=64, hidden=768, causal=False,
                 window=2048, period=5, context=1024, rope_global=10_000.0, rope_local=10_000.0)


def tiny(shape: Shape) -> Shape:
    """For trying the program out on a processor."""
    return Shape(**{**shape.__dict__, "width": 64, "layers": shape.period, "heads": 2, "kv_heads": 1, "head": 32, "hidden": 96})


def rms(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.rms_norm(x.float(), (x.shape[-1],), weight.float(), 1e-6)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        d, h, kv, hd, f = shape.width, shape.heads, shape.kv_heads, shape.head, shape.hidden
        for name, size in (("attn_norm", d), ("attn_post", d), ("ffn_norm", d), ("ffn_post", d), ("q_norm", hd), ("k_norm", hd)):
            setattr(self, name, nn.Parameter(torch.ones(size)))
        for name, rows, columns in (("q", h * hd, d), ("k", kv * hd, d), ("v", kv * hd, d), ("o", d, h * hd),
                                    ("gate", f, d), ("up", f, d), ("down", d, f)):
            weight = torch.empty(rows, columns)
            nn.init.normal_(weight, 0, 0.02 / (math.sqrt(2 * shape.layers) if name in ("o", "down") else 1))
            setattr(self, name, nn.Parameter(weight))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, mask) -> torch.Tensor:
        """x: batch × tokens × width; cos, sin: (batch or 1) × 1 × tokens × head; mask: as `masks` makes it."""
        s, (batch, tokens, _) = self.shape, x.shape
        y = rms(x, self.attn_norm).to(x.dtype)
        split = lambda z, heads: z.view(batch, tokens, heads, s.head)
        q = rms(split(F.linear(y, self.q), s.heads), self.q_norm).transpose(1, 2)
        k = rms(split(F.linear(y, self.k), s.kv_heads), self.k_norm).transpose(1, 2)
        v = split(F.linear(y, self.v), s.kv_heads).transpose(1, 2)
        a = attend(rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype), v, mask)
        a = F.linear(a.transpose(1, 2).reshape(batch, tokens, -1), self.o)
        x = x + rms(a, self.attn_post).to(x.dtype)
        y = rms(x, self.ffn_norm).to(x.dtype)
        y = F.linear(F.gelu(F.linear(y, self.gate), approximate="tanh") * F.linear(y, self.up), self.down)
        return x + rms(y, self.ffn_post).to(x.dtype)


class Network(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.empty(shape.vocabulary, shape.width).normal_(0, 0.02))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.width))
        self.step = Layer.forward  # compiled by whoever trains on a GPU

    def forward(self, tokens: torch.Tensor, positions: torch.Tensor, local_mask, global_mask) -> torch.Tensor:
        """tokens, positions: batch × tokens (positions may be 1 × tokens); gives batch × tokens × width, normalised."""
        s = self.shape
        turns = {base: self.turns(positions, base) for base in {s.rope_local, s.rope_global}}
        # As in Gemma: what enters is scaled up, what leaves is compared with the unscaled table.
        x = F.embedding(tokens, self.embedding) * math.sqrt(s.width)
        if x.is_cuda:
            x = x.to(torch.bfloat16)
        for i, layer in enumerate(self.layers):
            local = s.is_local(i)
            cos, sin = turns[s.rope_local if local else s.rope_global]
            x = self.step(layer, x, cos, sin, local_mask if local else global_mask)
        return rms(x, self.norm)

    def turns(self, positions: torch.Tensor, base: float) -> tuple[torch.Tensor, torch.Tensor]:
        half = torch.arange(0, self.shape.head, 2, device=positions.device).float()
        angles = positions[..., None].float() / base ** (half / self.shape.head)
        angles = torch.cat([angles, angles], -1)[:, None]
        return angles.cos(), angles.sin()

    def parameters_count(self) -> int:
        return sum(p.numel() for p in self.parameters())


def masks(conversation: torch.Tensor, shape: Shape):
    """What each token may look at in local and in global layers: earlier tokens of its own conversation.

    conversation: batch × tokens. On a GPU block masks for FlexAttention, else batch × 1 × tokens × tokens of booleans.
    """
    tokens = conversation.shape[1]

    def all_before(batch, _head, query, key):
        return (query >= key) & (conversation[batch, query] == conversation[batch, key])

    def window_before(batch, head, query, key):
        return all_before(batch, head, query, key) & (query - key < shape.window)

    if conversation.is_cuda:
        make = lambda mask: create_block_mask(mask, conversation.shape[0], None, tokens, tokens, conversation.device, _compile=True)
        return make(window_before), make(all_before)
    place = torch.arange(tokens)
    batch = torch.arange(conversation.shape[0])[:, None, None]
    dense = lambda mask: mask(batch, 0, place[None, :, None], place[None, None, :])[:, None]
    return dense(window_before), dense(all_before)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask) -> torch.Tensor:
    """batch × heads × tokens × head; fewer heads in k and v serve several in q."""
    if isinstance(mask, BlockMask):
        return flex_attention(q, k, v, block_mask=mask, enable_gqa=True)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
