"""A real browser, the product itself, started as a person starts it, and pages of other sites around it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from bot.settings import ROOT
from tests.browser.hosts import SHOTS, WIDE, Sites
from tests.conftest import TINY

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
]  # fmt: skip

if CHROMIUM is None and os.environ.get("CI"):
    raise RuntimeError("CI must have Chromium: .ci/run installs it.")


@contextmanager
def started(ready, log=None, **settings):
    """The product, started as a person starts it; waits until `ready` answers. Its process has its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "IEP_PORT": str(port), **settings}
    server = subprocess.Popen(
        [sys.executable, "app.py"], env=env, cwd=ROOT, stdout=log or subprocess.DEVNULL, stderr=log
    )
    server.address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{server.address}/{ready}", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def address(real):
    """With its own corpus."""
    with started("healthz", IEP_INDEX=str(real.settings.index)) as server:
        yield server.address


@pytest.fixture(scope="session")
def sites():
    sites = Sites()
    yield sites
    sites.server.shutdown()


@pytest.fixture(scope="session")
def product(tiny, sites, tmp_path_factory):
    """With the tiny corpus, and the host pages' origin on its list."""
    with started(
        "readyz",
        IEP_CORPUS=str(TINY),
        IEP_INDEX=str(tiny.settings.index),
        IEP_FEEDBACK=str(tmp_path_factory.mktemp("votes") / "votes.jsonl"),
        IEP_EMBED_ORIGINS=json.dumps([sites.origin]),
        IEP_REQUESTS_PER_MINUTE="10000",
    ) as server:
        yield server.address


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium found; install your system's chromium to run these")
    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open an address as a fresh visitor; an error of a script on it fails the test."""
    contexts, wrong = [], []

    def visit(address, size=WIDE, before="", **options):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []
