# Baesong: `make` alone lists what can be made. Each target does all of its own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo up down test prove check bench schemas clean

# Without PYTHON=… the tools are made with python3, and Baesong runs on the fastest Python there is.
ifeq ($(origin PYTHON),undefined)
PYTHON := python3
RUNS_ON = $$($(PYTHON) tools/fastest_python.py)
else
RUNS_ON = $(PYTHON)
endif
UV := .tools/bin/uv
BIN := .venv/bin
PROJECTS := pyproject.toml uv.lock $(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/*/pyproject.toml)
SOURCES := $(wildcard libs/*/src services/*/src deploy/*/src)

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

setup: .venv/.synced ## make .tools (uv) and .venv (every package); nothing to do when nothing changed

.tools/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Baesong needs Python 3.11 or newer: make PYTHON=python3.x")'
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet uv
	@touch $@

.venv/.synced: .tools/.made $(PROJECTS)
	python="$(RUNS_ON)" && $(UV) sync --quiet --locked --all-packages --python "$$python"
	@touch $@

demo: setup ## show orders through the whole system, verify the books, stop; DATA=folder LIMIT=n RATE=n|max KEEP=1
	@$(BIN)/baesong demo $(if $(DATA),--data '$(DATA)') $(if $(LIMIT),--limit $(LIMIT)) $(if $(RATE),--rate $(RATE)) $(if $(KEEP),--keep)

up: setup ## start everything on this machine
	@$(BIN)/baesong up

down: setup ## stop it
	@$(BIN)/baesong down

test: setup ## run every test, two at a time, each on a Kafka and a PostgreSQL of its own
	$(BIN)/pytest -n 2 --dist loadfile

prove: setup ## the same tests, long: more seeds, more orders
	BAESONG_SIZE=prove $(BIN)/pytest

check: setup ## lint, types, import rules, schemas, sizes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(SOURCES) tools
	$(BIN)/lint-imports
	$(BIN)/python -m order_events.schemas --check
	$(BIN)/python tools/openapi.py --check
	$(BIN)/python tools/asyncapi.py --check
	$(BIN)/python tools/operation.py --check
	$(BIN)/python tools/sizes.py libs services deploy

bench: setup ## microseconds of the hot decisions, one script at a time
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

schemas: setup ## write the JSON Schemas, OpenAPI documents and the AsyncAPI document anew, and what operators look at
	$(BIN)/python -m order_events.schemas
	$(BIN)/python tools/openapi.py
	$(BIN)/python tools/asyncapi.py
	$(BIN)/python tools/operation.py

clean: ## remove what was made here: environments, caches, and a stopped instance's state
	@if [ -x $(BIN)/baesong ] && [ -d .baesong ]; then $(BIN)/baesong down; fi
	rm -rf .venv .tools .baesong .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
