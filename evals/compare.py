"""What our parts add: the common tutorial pipeline on the same corpus, and our own with parts left out."""

import re
import uuid
from collections.abc import Callable

import chromadb
import numpy as np
from langchain_chroma import Chroma
from langchain_text_splitters import RecursiveCharacterTextSplitter

from bot.ask import Engine
from bot.embedder import MiniLM
from bot.retrieve import Found, HybridRetriever, weights
from evals.cases import Case
from evals.metrics.ranking import ranking

Ranker = Callable[[list[str]], list[list[str]]]


def tutorial(engine: Engine, embedder: MiniLM) -> tuple[Ranker, Callable[[str], str]]:
    """LangChain's recursive splitter, Chroma, all-MiniLM-L6-v2, the 4 nearest chunks; no abstaining.

    :param embedder: the model as packaged, or with our adapter
    :returns: a ranker of entries, and the text that a person would be shown
    """
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    entries = engine.index.entries["en"].values()
    whole = [f"{e.title}\n\n" + "\n\n".join(f"{p.heading}\n{p.text}".strip() for p in e.passages) for e in entries]
    chunks = splitter.create_documents(whole, [{"entry": e.id} for e in entries])
    store = Chroma(
        client=chromadb.EphemeralClient(),
        collection_name=f"tutorial-{uuid.uuid4().hex[:8]}",
        embedding_function=embedder,
        collection_configuration={"hnsw": {"space": "cosine"}},
    )
    store.add_documents(chunks)

    def rank(texts: list[str]) -> list[list[str]]:
        found = [store.similarity_search(t, k=10) for t in texts]
        return [list(dict.fromkeys(d.metadata["entry"] for d in documents)) for documents in found]

    def shown(text: str) -> str:
        return "\n".join(d.page_content for d in store.similarity_search(text, k=4))

    return rank, shown


def ablations(engine: Engine) -> dict[str, Ranker]:
    """Our retriever, whole and with parts left out."""
    learned = weights("en")["rank"]

    def with_weights(**kept: float) -> Ranker:
        retriever = HybridRetriever(
            index=engine.index,
            lang="en",
            glossary=engine.glossary["en"],
            rank={**dict.fromkeys(learned, 0.0), **kept},
        )
        return lambda texts: [[h.entry for h in found.hits] for found in retriever.find(texts)]

    def only(*names: str) -> Ranker:
        return with_weights(**{n: learned[n] or 1.0 for n in names})

    return {
        "ours, whole": with_weights(**learned),
        "rank fusion (RRF) in place of learned weights": lambda t: [_fused(f) for f in engine.retrievers["en"].find(t)],
        "dense only": only(*(n for n in learned if n in DENSE)),
        "lexical only": only(*(n for n in learned if n not in DENSE)),
        "no question variants": only(*(n for n in learned if n not in ("dense", "several", "crowd"))),
        "no learned classifiers": only(*(n for n in learned if n not in ("meant", "worded"))),
        "no passage vectors": only(*(n for n in learned if n != "passage")),
    }


DENSE = ("dense", "several", "passage", "meant", "crowd")


def table(engine: Engine, cases: list[Case]) -> dict[str, dict[str, float]]:
    """Rank metrics of every variant and of the tutorial pipeline, on single questions that have an answer."""
    usable = [c for c in cases if c.entries and len(c.turns) == 1 and c.lang == "en"]
    rank, shown = tutorial(engine, MiniLM(adapted=False))
    adapted, _ = tutorial(engine, engine.index.embedder)
    rankers = {**ablations(engine), "tutorial pipeline": rank, "tutorial pipeline with our adapter": adapted}
    texts = [c.question for c in usable]
    rows = {
        name: {
            measure: float(np.mean(values))
            for measure, values in ranking(zip(usable, ranker(texts), strict=True)).items()
        }
        for name, ranker in rankers.items()
    }
    rows["tutorial pipeline"]["facts in what is shown"] = _facts(usable, shown)
    return rows


def _facts(cases: list[Case], shown: Callable[[str], str]) -> float:
    """Share of the cases whose every needed fact is in the four chunks."""
    with_facts = [c for c in cases if c.facts]
    return float(np.mean([all(re.search(f, shown(c.question), re.I) for f in c.facts) for c in with_facts]))


def _fused(found: Found) -> list[str]:
    """Reciprocal rank fusion (Cormack and others 2009, k = 60) of the dense and the lexical list."""
    scores: dict[str, float] = {}
    for feature in ("dense", "lexical"):
        for place, hit in enumerate(sorted(found.hits, key=lambda h: -getattr(h, feature)), 1):
            scores[hit.entry] = scores.get(hit.entry, 0.0) + 1 / (60 + place)
    return sorted(scores, key=lambda entry: -scores[entry])
