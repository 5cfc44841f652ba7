"""Muon for the matrices of the layers (Jordan et al., 2024: steps made orthogonal by a Newton–Schulz iteration), AdamW for the rest."""
import collections
import math

import torch


def orthogonal(step: torch.Tensor) -> torch.Tensor:
    """count × rows × columns; five rounds of the quintic iteration with its published coefficients."""
    x = step.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x.mT if tall else x


class Optimiser:
    def __init__(self, model: torch.nn.Module, rate: float, matrix_rate: float, decay: float = 0.1):
        named = list(model.named_parameters())
        matrices = [p for n, p in named if p.dim() == 2 and n.startswith("layers.")]
        rest = [p for n, p in named if not (p.dim() == 2 and n.startswith("layers."))]
        cuda = rest[0].is_cuda
        self.adam = torch.optim.AdamW(
            [{"params": [p for p in rest if p.dim() > 1], "weight_decay": 0.01},
             {"params": [p for p in rest if p.dim() == 1], "weight_decay": 0.0}],
            lr=rate, betas=(0.9, 0.98), fused=cuda)
        self.rate, self.matrix_rate, self.decay = rate, matrix_rate, decay
        by_shape = collections.defaultdict(list)
        for p in matrices:
            by_shape[tuple(p.shape)].append(p)
        self.groups = [(ps, torch.zeros(len(ps), *shape, device=ps[0].device)) for shape, ps in by_shape.items()]
        self.orthogonal = torch.compile(orthogonal, dynamic=False) if cuda else orthogonal
        self.model = model

    @torch.no_grad()
    def step(self, factor: float, momentum: float = 0.95) -> None:
        """factor: where the schedule stands, 0 to 1."""
        for group in self.adam.param_groups:
            group["lr"] = self.rate * factor
        self.adam.step()
        rate = self.matrix_rate * factor
        for ps, past in self.groups:
            gradient = torch.stack([p.grad for p in ps]).float()
            past.mul_(momentum).add_(gradient, alpha=1 - momentum)
            step = self.orthogonal(gradient.mul_(1 - momentum).add_(past, alpha=momentum)).float()
            step.mul_(0.2 * math.sqrt(max(ps[0].shape)))
            torch._foreach_mul_(ps, 1 - rate * self.decay)
            torch._foreach_add_(ps, list(step.unbind(0)), alpha=-rate)
        self.model.zero_grad(set_to_none=True)


def schedule(done: float, flat_until: float) -> float:
    """Up within the first 2 %, level, then down in a straight line to nothing."""
    if done < 0.02:
        return done / 0.02
    return 1.0 if done < flat_until else max(0.0, (1 - done) / (1 - flat_until))
