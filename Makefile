# Two commands do all the set-up there is: `make demo` and `make test`.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
JOURNEYS ?= 40
TESTS_AT_ONCE ?= 2
LOCK_WITH := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.PHONY: help
help: ## what can be asked of this file
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/.installed ## the virtual environment, by the lock; nothing to do while the lock stands
	@:

$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$$($(PYTHON) --version 2>&1) is too old: Python 3.11 or later is needed; name one with 'make PYTHON=python3.11 $(MAKECMDGOALS)'" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python cannot make virtual environments here; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "making $(VENV) from requirements.lock (once, about half a minute)" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: install ## a whole network of partners on a real Kafka, to the end, with the summary
	@$(BIN)/v2v demo --once --journeys $(JOURNEYS)

.PHONY: test
test: install ## all tests but the slow ones, those on real Kafka included
	@$(BIN)/python -m pytest -m "not slow" -n $(TESTS_AT_ONCE) --dist loadfile

.PHONY: test-slow
test-slow: install ## the tests that take more than a minute each
	@$(BIN)/python -m pytest -m slow

.PHONY: mutants
mutants: install ## how many small mistakes in the detectors their tests notice
	$(BIN)/python -m tests.streams.mutants_count

.PHONY: robustness
robustness: install ## 100,000 bent messages of every format: none may break a connector
	$(BIN)/python -m tests.connectors.robustness

.PHONY: stories
stories: install ## how many tests raise each exception, come near it and clear it
	$(BIN)/python -m tests.streams.stories_count

.PHONY: check
check: install ## lint, layout, types, import rules, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m console.documents --check

.PHONY: docs
docs: install ## write schemas, docs and the generated parts of the README anew
	$(BIN)/python -m schemas
	$(BIN)/python -m console.documents
	$(BIN)/python -m tests.connectors.field_maps

.PHONY: exact-engine exact-engine-short
exact-engine: install ## the engine under every fault: 50,000 events, figures per fault
	$(BIN)/python -m tests.faults.exact_engine
exact-engine-short: install # its disks, and what goes on beside the line, are in `make faults`
	$(BIN)/python -m tests.faults.exact_engine --short --no-disks

.PHONY: exact exact-short
exact: install ## the whole line under kills and a join: live equals replay, byte for byte
	$(BIN)/python -m tests.faults.exact_line
exact-short: install
	$(BIN)/python -m tests.faults.exact_line --short --alone

.PHONY: exact-connector exact-connector-short
exact-connector: install ## a connector killed 100 times, its broker going up and down: nothing lost
	$(BIN)/python -m tests.faults.exact_connector
exact-connector-short: install
	$(BIN)/python -m tests.faults.exact_connector --short
SEED ?= 7
.PHONY: faults faults-long reliability
faults: install ## the fault matrix: simulation, planted bugs, one broker and three, in minutes
	$(BIN)/python -m tests.faults --seed $(SEED)
faults-long: install ## the same for an hour
	$(BIN)/python -m tests.faults --long --seed $(SEED)
reliability: install ## the same, and RELIABILITY.md written anew from what came of it
	$(BIN)/python -m tests.faults --seed $(SEED) --report RELIABILITY.md

.PHONY: bench
bench: install .venv-bench/.installed ## speed, latency, memory; JSON lines
	@$(BIN)/python -m tests.bench

.PHONY: endurance
endurance: install ## an hour of the whole line at 300 events/s: memory and latency must stay as they are
	@$(BIN)/python -m tests.bench.endurance

.PHONY: bench-tower
bench-tower: install ## the tower at 500 courses, 5,000 open alerts and 200 open streams; JSON lines with bars
	@$(BIN)/python -m tests.bench.tower

.venv-bench/.installed: requirements-bench.lock
	@echo "making .venv-bench from requirements-bench.lock (once)" >&2
	@rm -rf .venv-bench
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-bench.lock
	@touch $@

.PHONY: lock
lock: ## resolve all dependencies anew, within the ranges of pyproject.toml
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	$(LOCK_WITH) --upgrade pyproject.toml --group dev -o requirements.lock
	$(LOCK_WITH) pyproject.toml --constraints requirements.lock -o requirements-run.lock
	$(LOCK_WITH) --upgrade --group pyproject.toml:bench -o requirements-bench.lock
	$(MAKE) install
	$(BIN)/python -m compose.jars

.PHONY: clean
clean: ## remove what was made here; local brokers' data stays (v2v kafka wipe)
	rm -rf $(VENV) .venv-bench dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.v2v/*' -prune -exec rm -rf {} +
