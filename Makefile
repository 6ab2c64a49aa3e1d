# What the README tells people to type. PYTHON may name another interpreter, 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed

.PHONY: serve test lint bench embedder lexicon fusion reader answers screenshots clean

serve: $(SETUP)
	$(BIN)/isnad serve

test: $(VENV)/.installed-dev lint chromium
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.retrieval
	$(BIN)/python -m benchmarks.bitext
	$(BIN)/python -m benchmarks.tokens
	$(BIN)/python -m benchmarks.robustness
	$(BIN)/python -m benchmarks.answers
	$(BIN)/python -m benchmarks.follow_ups
	$(BIN)/python -m benchmarks.written
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.serving

# Under three hours on two cores: the stages train for as many minutes as they are given.
embedder: $(VENV)/.installed-training
	$(BIN)/python -m training.embedder --out .work/base --full .work/untrimmed
	$(BIN)/python -m training.embedder --out .work/base --full .work/untrimmed --check
	$(BIN)/python -m training.finetune --model .work/base --out .work/distilled --minutes 40
	$(BIN)/python -m training.interact --teacher .work/base --start .work/distilled \
		--out .work/tuned --minutes 40
	$(BIN)/python -m training.publish --base .work/base --tuned .work/tuned

lexicon: $(VENV)/.installed-training
	$(BIN)/python -m training.lexicon

fusion: $(VENV)/.installed-training
	$(BIN)/python -m training.fusion

# `training.reader` is for a GPU; what follows it takes an hour and a half on two cores.
reader: $(VENV)/.installed-training
	$(BIN)/python -m training.reader_lessons
	$(BIN)/python -m training.reader
	$(BIN)/python -m training.reader_graph
	$(BIN)/python -m training.shortlist
	$(BIN)/python -m training.examples
	$(BIN)/python -m training.reader_tuning

answers: $(VENV)/.installed-training
	$(BIN)/python -m training.answers --adapt

screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m docs.screenshots

# The browser tests need one; without it they are skipped, and say so.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
		echo "No chromium here: the browser tests will be SKIPPED."

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# torch first and by its exact version: that one is the CPU build where the registry has it.
$(SETUP): $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(SETUP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	touch $@

$(VENV)/.installed-training: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group training
	touch $@

clean:
	rm -rf $(VENV) .work build dist
