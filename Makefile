# Tollhouse: `make run` starts it, `make test` checks it, `make` alone lists what else there is.
#
# Written for GNU make 3.81, which macOS ships, and upward.

BIN := .venv/bin
WORKERS := 2
DEBIAN_POSTGRES := $(lastword $(sort $(wildcard /usr/lib/postgresql/[1-9][0-9]/bin)))
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
GRAPHIQL := graphiql/dist/index.html.gz
BROWSER := .venv/browser/installed
CLIENTS := tests/clients/node_modules/.package-lock.json
# A server that is to start doesn't wait minutes for a registry that can't be reached.
IMPATIENT := npm_config_fetch_retries=1 npm_config_fetch_retry_mintimeout=500

.PHONY: help run test lint types layers fresh suite test-debian bench format schema graphiql lock wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s%s\n", $$1, $$2}' Makefile

run: .venv/installed ## set up what is missing and start the server (ARGS="--port 9000")
	@$(IMPATIENT) $(MAKE) --silent --no-print-directory $(GRAPHIQL) || \
		echo "GraphiQL is left out, for it couldn't be built; the next start tries again." >&2
	@exec $(BIN)/python server.py serve $(ARGS)

test: lint types layers fresh suite ## every check and every test, with coverage

lint: .venv/installed-dev
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

types: .venv/installed-dev
	$(BIN)/python -m pyright
	packaging/node.sh packaging/graphiql.sh types

layers: .venv/installed-dev
	$(BIN)/lint-imports

fresh: .venv/installed-dev
	$(BIN)/python server.py schema | diff -u schema.graphql -

suite: .venv/installed-dev $(GRAPHIQL) $(BROWSER) $(CLIENTS)
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n $(WORKERS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

test-debian: .venv/installed-dev $(GRAPHIQL) $(BROWSER) $(CLIENTS) ## the tests on Debian's PostgreSQL, and through its pgbouncer
	@test -n "$(DEBIAN_POSTGRES)" || { echo "No PostgreSQL of Debian's here: apt install postgresql" >&2; exit 1; }
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer > /dev/null || { echo "No pgbouncer here: apt install pgbouncer" >&2; exit 1; }
	TOLLHOUSE_TEST_POSTGRES_BIN=$(DEBIAN_POSTGRES) $(BIN)/python -m pytest -n $(WORKERS)

bench: .venv/installed-bench ## the benchmarks, or one of them (BENCH=name)
	@for script in $(or $(BENCH:%=benchmarks/%.py),$$(grep -l __main__ benchmarks/*.py)); do \
		echo "== $$script"; \
		$(BIN)/python -m "benchmarks.$$(basename "$$script" .py)" || exit; \
	done

format: .venv/installed-dev ## let ruff set the code
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

schema: .venv/installed-dev ## write schema.graphql anew
	@printed=$$($(BIN)/python server.py schema) && printf '%s\n' "$$printed" > schema.graphql

graphiql: $(GRAPHIQL) ## build the page at /graphiql

lock: .venv/installed-dev ## lock what pyproject.toml asks for (ARGS=--upgrade for newer releases)
	$(LOCK) $(ARGS) --output-file requirements.lock pyproject.toml
	$(LOCK) $(ARGS) --output-file requirements-dev.lock --group dev --constraints requirements.lock pyproject.toml
	$(LOCK) $(ARGS) --output-file requirements-bench.lock --group dev --group bench --constraints requirements-dev.lock pyproject.toml
	$(LOCK) $(ARGS) --output-file requirements-node.lock --group node --constraints requirements-dev.lock

wheel: .venv/installed-dev $(GRAPHIQL) ## build the wheel into dist/
	$(BIN)/python -m hatchling build --target wheel

clean: ## remove what was made here, but not data/
	rm -rf graphiql/dist graphiql/node_modules tests/clients/node_modules
	rm -rf .venv .coverage* .hypothesis .import_linter_cache .pytest_cache .ruff_cache build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.lock
	@packaging/setup.sh requirements.lock $@

.venv/installed-dev: requirements-dev.lock
	@packaging/setup.sh requirements-dev.lock $@

# Its lock holds all of the development lock, as that one holds all of the first.
.venv/installed-bench: requirements-bench.lock
	@packaging/setup.sh requirements-bench.lock $@
	@touch .venv/installed-dev

# Folders are named too: their times tell of files that came or went.
$(GRAPHIQL): graphiql/source graphiql/examples $(wildcard graphiql/source/* graphiql/examples/*) \
		graphiql/index.html graphiql/package-lock.json graphiql/vite.config.ts | .venv/installed
	@packaging/node.sh packaging/graphiql.sh build

$(BROWSER): tests/browser/package-lock.json tests/browser/unpack.mjs packaging/browser.sh | .venv/installed-dev
	@packaging/node.sh packaging/browser.sh .venv/browser

# npm writes this file last, so an installation that was cut short is made anew.
$(CLIENTS): tests/clients/package-lock.json | .venv/installed-dev
	@packaging/node.sh npm ci --prefix tests/clients --ignore-scripts --loglevel=error

# The Python that .venv stands on can be removed or replaced; then .venv is made anew.
ifneq ($(shell test -x $(BIN)/python && echo alive),alive)
.venv/installed .venv/installed-dev .venv/installed-bench: gone
.PHONY: gone
endif
