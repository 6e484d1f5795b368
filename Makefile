# Tollhouse: `make run` starts it, `make test` checks it, `make` alone lists what else there is.
#
# Written for GNU make 3.81, which macOS ships, and upward.

BIN := .venv/bin
WORKERS := 2
DEBIAN_POSTGRES := $(lastword $(sort $(wildcard /usr/lib/postgresql/[1-9][0-9]/bin)))
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help run test lint types layers fresh suite test-debian bench format schema lock wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s%s\n", $$1, $$2}' Makefile

run: .venv/installed ## set up what is missing and start the server (ARGS="--port 9000")
	@exec $(BIN)/python server.py serve $(ARGS)

test: lint types layers fresh suite ## every check and every test, with coverage

lint: .venv/installed-dev
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

types: .venv/installed-dev
	$(BIN)/python -m pyright

layers: .venv/installed-dev
	$(BIN)/lint-imports

fresh: .venv/installed-dev
	$(BIN)/python server.py schema | diff -u schema.graphql -

suite: .venv/installed-dev
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n $(WORKERS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

test-debian: .venv/installed-dev ## the tests on Debian's PostgreSQL
	@test -n "$(DEBIAN_POSTGRES)" || { echo "No PostgreSQL of Debian's here: apt install postgresql" >&2; exit 1; }
	TOLLHOUSE_TEST_POSTGRES_BIN=$(DEBIAN_POSTGRES) $(BIN)/python -m pytest -n $(WORKERS)

bench: .venv/installed-dev ## the benchmarks, or one of them (BENCH=name)
	@for script in $(or $(BENCH:%=benchmarks/%.py),$$(grep -l __main__ benchmarks/*.py)); do \
		echo "== $$script"; \
		$(BIN)/python -m "benchmarks.$$(basename "$$script" .py)" || exit; \
	done

format: .venv/installed-dev ## let ruff set the code
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

schema: .venv/installed-dev ## write schema.graphql anew
	@printed=$$($(BIN)/python server.py schema) && printf '%s\n' "$$printed" > schema.graphql

lock: .venv/installed-dev ## lock what pyproject.toml asks for (ARGS=--upgrade for newer releases)
	$(LOCK) $(ARGS) --output-file requirements.lock
	$(LOCK) $(ARGS) --output-file requirements-dev.lock --group dev --constraints requirements.lock

wheel: .venv/installed-dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build --target wheel

clean: ## remove what was made here, but not data/
	rm -rf .venv .coverage* .hypothesis .import_linter_cache .pytest_cache .ruff_cache build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.lock
	@packaging/setup.sh requirements.lock $@

.venv/installed-dev: requirements-dev.lock
	@packaging/setup.sh requirements-dev.lock $@

# The Python that .venv stands on can be removed or replaced; then .venv is made anew.
ifneq ($(shell test -x $(BIN)/python && echo alive),alive)
.venv/installed .venv/installed-dev: gone
.PHONY: gone
endif
