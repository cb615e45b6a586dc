"""No call to any other machine: ingest, start and answers with every connection but loopback refused."""

import os
import subprocess
import sys

from bot.settings import ROOT

# Runs before anything else in the child: every way to another machine raises and is written down.
WATCH = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        target = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[:1]
        host = target[0] if isinstance(target, tuple) else target
        if isinstance(host, str) and host.startswith("/"):
            return
        if host not in ("127.0.0.1", "::1", "localhost", "", None, "0.0.0.0", b"localhost"):
            sys.stderr.write(f"REACHED OUT {event} {target}\\n")
            raise OSError("no network in this test")
sys.addaudithook(watch)
"""

SCENE = """
import threading, time, urllib.request, socket, os, json
import ingest
assert ingest.main([]) == 0
from bot.__main__ import main
assert main(["ask", "how long does the school have to test my kid"]) == 0
import app
server = threading.Thread(target=app.main, daemon=True)
import signal
signal.signal = lambda *_: None
server.start()
address = f"http://127.0.0.1:{os.environ['IEP_PORT']}"
for _ in range(600):
    try:
        if urllib.request.urlopen(address + "/readyz").status == 200:
            break
    except OSError:
        time.sleep(0.1)
assert "IEP" in urllib.request.urlopen(address + "/").read().decode()
config = json.load(urllib.request.urlopen(address + "/config"))
event = next(d for d in config["dependencies"] if any(t[1] == "click" for t in d["targets"]))
body = {"data": ["what is an iep", None], "fn_index": event["id"], "session_hash": "x"}
request = urllib.request.Request(address + "/gradio_api/queue/join", json.dumps(body).encode(),
                                 {"Content-Type": "application/json"})
urllib.request.urlopen(request)
assert "written plan" in urllib.request.urlopen(address + "/gradio_api/queue/data?session_hash=x").read().decode()
print("SCENE DONE", flush=True)
os._exit(0)
"""


def test_nothing_reaches_another_machine(tmp_path):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        **os.environ,
        "IEP_CORPUS": str(ROOT / "tests" / "corpus"),
        "IEP_INDEX": str(tmp_path / "index"),
        "IEP_PORT": str(port),
        # What a careless machine might have set.
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "GRADIO_ANALYTICS_ENABLED": "True",
        "GRADIO_SHARE": "True",
    }
    env.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", WATCH + SCENE], env=env, capture_output=True, text=True, cwd=ROOT, timeout=180
    )
    assert "SCENE DONE" in done.stdout, done.stderr
    assert "REACHED OUT" not in done.stderr, done.stderr


def test_the_watch_sees_a_call_to_another_machine():
    code = WATCH + "import socket\nsocket.create_connection(('192.0.2.1', 80), 0.1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "REACHED OUT" in done.stderr and done.returncode != 0
