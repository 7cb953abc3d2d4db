# Every target starts from nothing but Python 3.11 to 3.13 and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test chaos check fmt bench lock migration clean

help:  ## what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: constraints-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r constraints-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: .venv/installed  ## create .venv with the pinned dependencies and the command dumka

demo: setup  ## the whole job on the embedded sandbox; no token, no network
	$(BIN)/dumka demo

test: setup  ## all tests
	$(BIN)/pytest

chaos: setup  ## make chaos minutes=10: kills and outages from new seeds; seed=N repeats a run
	$(BIN)/pytest tests/chaos -n 0 --chaos-minutes=$(or $(minutes),10) $(if $(seed),--chaos-seed=$(seed))

check: setup  ## formatting, lint, types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: setup  ## format and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## how fast, beside a plain bot and the machine's limits: JSON, and a table on stderr
	$(BIN)/python -m bench

lock: setup  ## take newer versions of the dependencies
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o constraints.txt
	$(BIN)/uv pip compile --group build --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o constraints-build.txt
	$(BIN)/uv pip compile pyproject.toml -c constraints.txt -c constraints-build.txt --upgrade --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o constraints-dev.txt

migration: setup  ## make migration m="what changes": a new schema version from db/models.py
	$(BIN)/python -m db.migrate "$(m)"

clean:  ## remove what the targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
