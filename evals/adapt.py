"""Learn the adapter of the embedding model from the corpus: the ways people ask an entry belong together.

Each entry has a centre; a way to ask, a title or a passage is drawn to the centre of its entry and away from the
others (proxy-NCA, Movshovitz-Attias and others 2017). Examples of what is not covered have centres of their own, and
so have messages of danger, from which ordinary messages are driven away: otherwise what tells them apart is forgotten.
Half of the texts are misspelt or stripped of marks, as people type them. No evaluation question is seen.
"""

import random
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.cluster import KMeans
from torch.nn import functional
from torch.nn.utils import parametrize
from tqdm import tqdm

from bot.adapter import FILE, layers
from bot.corpus import read_corpus
from bot.embedder import MiniLM
from bot.reference import read_outside
from bot.rows import OUTSIDE, further_rows, outside_rows, rows_of
from bot.settings import Settings
from bot.types import LANGS
from evals.perturb import bare, typos
from evals.train import messages

RANK = 32  # of each pair of matrices
EPOCHS = 2
BATCH, READ_TOKENS = 64, 128
RATE, CENTRE_RATE = 5e-4, 2e-3
SHARPNESS = 20.0  # of the softmax over cosines
OUTSIDE_CENTRES, DANGER_CENTRES = 128, 12
FIRST = 24  # texts of an entry whose mean its centre starts from
NOT_COVERED, DANGER, ORDINARY = -1, -2, -3  # labels of texts that have no entry
_SEED = 504


class LowRank(torch.nn.Module):
    """What is added to one weight matrix: up @ down, nothing at first."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.down = torch.nn.Parameter(torch.randn(RANK, columns) / columns**0.5)
        self.up = torch.nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The weight with the addition."""
        return weight + self.up @ self.down


def adapt(settings: Settings) -> dict[str, Any]:
    """Learn from every language of the corpus and write the adapter.

    :returns: how many texts and numbers, and how well the texts fit at the end
    """
    torch.manual_seed(_SEED)
    dice = random.Random(_SEED)
    embedder = MiniLM(adapted=False)
    model, tokenizer = embedder.transformer
    texts, labels = _texts(settings)
    centres = torch.nn.Parameter(torch.from_numpy(_centres(embedder, texts, labels)))
    added = _prepare(model)
    optimizer = torch.optim.AdamW(
        [{"params": [p for x in added.values() for p in (x.up, x.down)], "lr": RATE, "weight_decay": 0.01},
         {"params": [centres], "lr": CENTRE_RATE, "weight_decay": 0.0}]
    )  # fmt: skip
    steps = EPOCHS * len(range(0, len(texts), BATCH))
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, CENTRE_RATE], total_steps=steps + EPOCHS)
    losses: list[float] = []
    for _ in range(EPOCHS):
        for batch in tqdm(_batches(texts, dice), unit="batch", desc="adapting"):
            read = tokenizer(
                [_noisy(texts[i], dice) for i in batch],
                padding=True, truncation=True, max_length=READ_TOKENS, return_tensors="pt",
            )  # fmt: skip
            with torch.autocast("cpu", dtype=torch.bfloat16):  # two thirds of the time on a machine that has it
                vectors = _vectors(model, read)
            loss = _loss(vectors.float(), centres, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plan.step()
            losses.append(float(loss))
    save_file(_learned(added), FILE)
    return {
        "texts": len(texts),
        "numbers": sum(x.numel() for x in _learned(added).values()),
        "loss": round(sum(losses[-50:]) / 50, 3),
    }


def _texts(settings: Settings) -> tuple[list[str], np.ndarray]:
    """Texts with the number of their entry; what has none, of which there is too little, comes twice."""
    texts: list[str] = []
    names: list[str] = []
    for lang in LANGS:
        entries = [e for e in read_corpus(settings.corpus, lang) if not e.withdrawn]
        rows = rows_of(entries) + further_rows(entries)
        outside = outside_rows(read_outside(settings.corpus, lang))
        for row in [*rows, *outside, *outside]:
            texts.append(row.text)
            names.append("" if row.kind == OUTSIDE else row.entry)
    # The two languages of an entry share its centre: what is learned of one helps the other.
    numbers = {name: number for number, name in enumerate(sorted(set(names) - {""}))} | {"": NOT_COVERED}
    labels = [numbers[name] for name in names]
    for message in [m for lang in LANGS for m in messages(lang)] * 2:
        texts.append(message["text"])
        labels.append(DANGER if message["danger"] else ORDINARY)
    return texts, np.asarray(labels)


def _centres(embedder: MiniLM, texts: list[str], labels: np.ndarray) -> np.ndarray:
    """Where the centres start: the mean of some texts of each entry; clusters of what is not covered, and danger."""

    def embedded(label: int, step: int = 1) -> np.ndarray:
        return embedder.encode([texts[i] for i in np.flatnonzero(labels == label)[::step]])

    centres = [embedded(n, max(1, (labels == n).sum() // FIRST)).mean(axis=0)[None] for n in range(labels.max() + 1)]
    for label, count in ((NOT_COVERED, OUTSIDE_CENTRES), (DANGER, DANGER_CENTRES)):
        centres.append(KMeans(count, n_init=2, random_state=_SEED).fit(embedded(label)).cluster_centers_)
    return np.vstack(centres).astype(np.float32)


def _prepare(model: Any) -> dict[str, LowRank]:
    """Freeze the model and put a low-rank addition on each weight that is adapted."""
    for weight in model.parameters():
        weight.requires_grad = False
    added = {}
    for name, layer in layers(model).items():
        added[name] = LowRank(layer.weight)
        parametrize.register_parametrization(layer, "weight", added[name])
    return added


def _batches(texts: list[str], dice: random.Random) -> list[list[int]]:
    """All texts once, in batches of like length, in random order."""
    order = list(range(len(texts)))
    dice.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * 20):
        near = sorted(order[start : start + BATCH * 20], key=lambda i: len(texts[i]))
        batches += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    dice.shuffle(batches)
    return batches


def _noisy(text: str, dice: random.Random) -> str:
    choice = dice.random()
    if choice < 0.5:
        return text
    return bare(text) if choice < 0.7 else typos(text.lower())


def _vectors(model: Any, read: Any) -> torch.Tensor:
    """Mean of the tokens' vectors, of length 1, as the packaged model pools."""
    hidden = model(**read).last_hidden_state
    mask = read["attention_mask"].unsqueeze(-1)
    return functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def _loss(vectors: torch.Tensor, centres: torch.Tensor, labels: np.ndarray) -> torch.Tensor:
    """How far each text is from having its own centre nearest, or one of the centres of its kind."""
    near = functional.log_softmax(SHARPNESS * vectors @ functional.normalize(centres, dim=1).T, dim=1)
    own = torch.from_numpy(labels)
    loss = -near[own >= 0].gather(1, own[own >= 0, None]).sum()
    kinds = {
        NOT_COVERED: slice(-OUTSIDE_CENTRES - DANGER_CENTRES, -DANGER_CENTRES),
        DANGER: slice(-DANGER_CENTRES, None),
        ORDINARY: slice(None, -DANGER_CENTRES),  # anything but danger
    }
    for label, columns in kinds.items():
        loss = loss - torch.logsumexp(near[own == label][:, columns], 1).sum()
    return loss / len(own)


def _learned(added: dict[str, LowRank]) -> dict[str, torch.Tensor]:
    parts = {f"{name}.{key}": getattr(x, key) for name, x in added.items() for key in ("up", "down")}
    return {key: value.detach().to(torch.float16).contiguous() for key, value in parts.items()}
