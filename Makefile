# Everything happens in .venv, which the first target that needs it makes from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: help install repro test check lab notebooks readme bench lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/installed  ## the packages of requirements.lock and archbench itself, in .venv

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11, 3.12 or 3.13 is needed, this is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	@echo "installing about 280 packages into .venv: about two minutes, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

repro: install  ## run the pipeline (only what changed) and print the leaderboard
	dvc repro $(REPRO_FLAGS)
	@archbench leaderboard

test: install  ## the tests
	$(PYTEST)

check: install  ## ruff, mypy --strict, archbench check
	ruff check .
	ruff format --check .
	mypy
	archbench check

lab: install  ## JupyterLab on the notebooks
	jupyter lab --notebook-dir=notebooks

notebooks: install  ## execute the notebooks in place
	$(BIN)/python -m pipelines.notebooks

readme: install  ## copy the leaderboard into README.md
	$(BIN)/python -m pipelines.readme

bench: install  ## measure what the modelled clock charges, and the speed of the parts
	$(BIN)/python -m pipelines.bench
	$(BIN)/python -m pipelines.bench_ann
	$(BIN)/python -m pipelines.bench_stats
	$(BIN)/python -m pipelines.bench_bounds
	$(BIN)/python -m pipelines.bench_judges
	$(BIN)/python -m pipelines.bench_patterns
	$(BIN)/python -m pipelines.bench_limits

lock:  ## resolve pyproject.toml into requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --upgrade --extra weights --group dev --universal --generate-hashes \
		--no-header --no-annotate --output-file requirements.lock

clean:  ## delete what can be rebuilt: .archbench (tables, embeddings, journals)
	rm -rf .archbench
