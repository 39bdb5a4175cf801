# Needs Python >= 3.11 and make, nothing else. The environment is built once and kept until pyproject.toml or
# constraints.txt changes; after that every target but `clean` works without a network.
PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
JOBS   ?= 2

FAULTS = tests/store/test_faults.py tests/engine/test_hostile_artifacts.py tests/tables/test_hostile_tables.py \
  tests/cli/test_train_killed.py tests/engine/test_over_ray.py \
  $(addprefix tests/service/test_,process.py publish_killed.py disk_full.py database_down.py overload.py fuzz.py hostile_rows.py)

BIN  := $(VENV)/bin
CORE := $(VENV)/.stamp-core
DEV  := $(VENV)/.stamp-dev
PIP  := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test test-all faults cover lint format types docs bench clean
.DEFAULT_GOAL := help

help:  ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-9s %s\n", $$1, $$2}'

demo: $(CORE)  ## fetch real data, meta-train, evaluate, draw (ARGS="--quick" for the short one)
	$(BIN)/warmstart demo $(ARGS)

test: $(DEV)  ## the fast test suite
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(ARGS)

test-all: $(DEV)  ## every test, the slow ones too
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

faults: $(DEV)  ## what power cuts and bad input do: hundreds of kills, tens of thousands of fuzzed cases (an hour)
	WARMSTART_FAULTS=100 $(BIN)/python -m pytest $(FAULTS) $(ARGS)

cover: $(DEV)  ## the fast suite with line and branch coverage
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" --cov $(ARGS)

lint: $(DEV)  ## linter and formatter, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV)  ## let linter and formatter change files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV)  ## mypy, strict
	$(BIN)/mypy

# Never --quiet: it silences the warnings that --strict counts, and every build passes.
docs: $(DEV)  ## build the pages into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(CORE)  ## speed and quality tables
	$(BIN)/python -m benchmarks $(ARGS)

clean:  ## remove what was built, except the environment and downloaded data
	rm -rf site dist build .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# hatchling comes first and without build isolation, so that building the environment again needs no network.
$(CORE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "warmstart needs Python >= 3.11: make PYTHON=python3.12")'
	@echo "building $(VENV) (once; a few minutes with an empty pip cache)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) hatchling
	$(PIP) --no-build-isolation --editable ".[boost,text,index,calendar]"
	@touch $@

$(DEV): $(CORE)
	$(PIP) --no-build-isolation --editable ".[boost,text,index,calendar,service,ray,dev]"
	@touch $@
