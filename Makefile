# Two commands do it all: `make run` and `make test`. Both set up .venv first; a second call installs nothing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-llm lint check fix eval bench train

run: .venv/run.done
	$(BIN)/python app.py

test: .venv/test.done
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# The tests with a real small language model. Compiles its server once, for some minutes.
test-llm: .venv/llm.done
	$(BIN)/python -m pytest tests/test_real_model.py -rs

lint: .venv/lint.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: .venv/test.done
	$(BIN)/python ingest.py --check

# The scorecard over all questions, compared with the baseline; `make eval ACCEPT=1` makes it the new baseline;
# `make eval MODEL=ollama:llama3.2` asks a language model too and puts its answers beside the plain ones
# (`LIMIT=20`: at most so many questions of each language).
eval: .venv/test.done
	$(BIN)/python -m evals score $(if $(ACCEPT),--accept) $(if $(MODEL),--model $(MODEL)) $(if $(LIMIT),--limit $(LIMIT))

# Learns bot/weights.json from the tuning questions.
train: .venv/test.done
	$(BIN)/python -m evals train

bench: .venv/test.done
	$(BIN)/python -m evals bench

fix: .venv/lint.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One set-up for each use. torch comes first and alone: see the pin in pyproject.toml.
.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.done: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/test.done: .venv/run.done
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

.venv/llm.done: .venv/test.done
	$(BIN)/python -m pip install --quiet --editable '.[llm]'
	touch $@

.venv/lint.done: .venv/test.done
	$(BIN)/python -m pip install --quiet --editable '.[lint]'
	touch $@
