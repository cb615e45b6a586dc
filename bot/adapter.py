"""A low-rank adapter (LoRA, Hu and others 2021) that fits the embedding model to how families ask.

The packaged model knows general English: it does not know that "wait till 3rd grade" and RTI belong together.
`python -m evals adapt` learns small matrices from the ways people ask each entry; here they are added to the model's
own when it is loaded, so that a question costs no more than before.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

FILE = Path(__file__).with_name("adapter.safetensors")

# SHA-256 of every file the loader may read. model.safetensors is the upstream file's.
FILES = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def layers(model: Any) -> dict[str, "torch.nn.Linear"]:
    """The linear maps of a BERT model that are adapted, by name: all of attention and feed-forward.

    :param model: a transformers BertModel
    """
    return {
        f"{number}.{name}": module
        for number, layer in enumerate(model.encoder.layer)
        for name, module in (
            ("query", layer.attention.self.query),
            ("key", layer.attention.self.key),
            ("value", layer.attention.self.value),
            ("attended", layer.attention.output.dense),
            ("wide", layer.intermediate.dense),
            ("narrow", layer.output.dense),
        )
    }


def adapt(model: Any) -> None:
    """Add the learned matrices to a model's own.

    :param model: a transformers BertModel, changed in place
    """
    import torch
    from safetensors.torch import load_file

    learned = load_file(FILE)
    with torch.no_grad():
        for name, layer in layers(model).items():
            layer.weight += learned[f"{name}.up"].float() @ learned[f"{name}.down"].float()


@cache
def model_id(folder: Path | None = None) -> str:
    """Hash of all that makes the vectors: the model's files and the adapter. Other vectors do not fit.

    :param folder: of another model, which has no adapter; default: the packaged one
    """
    if folder:
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        return hashlib.sha256(
            json.dumps([[p.name, hashlib.sha256(p.read_bytes()).hexdigest()] for p in files]).encode()
        ).hexdigest()
    learned = hashlib.sha256(FILE.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps([FILES, learned]).encode()).hexdigest()
