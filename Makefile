# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
COMPILED := $(VENV)/compiled
REQUIRE ?=
export REQUIRE

.DEFAULT_GOAL := help

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) $(COMPILED) ## make the virtual environment, from the hash-locked packages, and compile the core

$(STAMP): requirements.lock dev.lock pyproject.toml tests/febrl.lock
	@$(PYTHON) -c 'import sys; sys.exit("Fanlight needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/febrl.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

# A minute or two that the first timeline of a demo need not wait for: what is not compiled runs as it is.
$(COMPILED): $(STAMP) tools/compile_core.py $(shell find schemas policies streams -name '*.py' -o -path 'schemas/avro/*.avsc')
	$(BIN)/python tools/compile_core.py
	@touch $(COMPILED)

demo: $(STAMP) ## run the stack with a synthetic county in it, pages on http://127.0.0.1:8000
	@$(BIN)/fanlight demo

test: setup ## run all tests; parts whose engine is absent are listed at the end (REQUIRE=all: they fail)
	$(BIN)/python -m pytest -n 2 $(TESTS)

check: $(STAMP) ## format, lint, types, floors, Rego, lock files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_rego.py
	$(BIN)/python tools/check_lock.py

lock: $(STAMP) ## resolve the dependencies anew
	$(BIN)/python tools/check_lock.py --write

bench: setup ## measure throughput and latency, beside plain Faust, and write docs/performance.md
	$(BIN)/python -m benchmarks

.PHONY: help setup demo test check lock bench
