"""One tiny corpus of our own, the real model, a real Chroma index; built once for each run."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

for name in [n for n in os.environ if n.startswith("IEP_")]:
    del os.environ[name]

from bot.ask import Engine, open_engine  # noqa: E402
from bot.embedder import MiniLM  # noqa: E402
from bot.settings import ROOT, Settings  # noqa: E402

TINY = Path(__file__).parent / "corpus"


def change(path: Path, old: str, new: str) -> None:
    """Put another piece of text into a file in place of one that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def pytest_collection_modifyitems(items):
    """One file that needs the big index first, so that it is built while the other process does what needs none."""
    big = {item.path for item in items if "real" in item.fixturenames}
    items.sort(key=lambda item: (item.path.name != "test_promises.py", item.path in big))


@pytest.fixture(scope="session")
def embedder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def tiny(embedder, tmp_path_factory) -> Engine:
    """The engine over the tiny corpus."""
    return open_engine(Settings(corpus=TINY, index=tmp_path_factory.mktemp("tiny") / "index"), embedder)


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory) -> Settings:
    """The product's own corpus, with an index of the test run's own: `make test` runs two processes that share it."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    return Settings(corpus=ROOT / "corpus", index=run / "real" / "index")


@pytest.fixture(scope="session")
def real(embedder, real_settings) -> Engine:
    """The engine over the product's own corpus."""
    folder = real_settings.index.parent
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "built.lock"):  # who comes second waits as long as the first builds
        return open_engine(real_settings, embedder)


@pytest.fixture
def corpus(tmp_path) -> Path:
    """A copy of the tiny corpus that a test may change."""
    return Path(shutil.copytree(TINY, tmp_path / "corpus"))


@pytest.fixture
def settings(corpus, tmp_path) -> Settings:
    return Settings(corpus=corpus, index=tmp_path / "index")
