# Every verb works in a fresh clone on a machine with Python 3.11 or later, git and make, and nothing else.

VENV := .venv
RUN := $(VENV)/bin/python
DOORWAY := $(RUN) -m deploy.cli
FITTING := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(FITTING)' 2>/dev/null && echo $$each && break; done)
PIP := $(RUN) -m pip --disable-pip-version-check --no-input -q

.DEFAULT_GOAL := help
.PHONY: help demo up down status logs clean test faults bench lint docs

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.local ## Start everything with real data, play one whole story, and stay up.
	@$(DOORWAY) demo

up: $(VENV)/.local ## Start everything with real data, without the story.
	@$(DOORWAY) up

down: $(VENV)/.local ## Stop everything and keep the data.
	@$(DOORWAY) down

status: $(VENV)/.local ## Show each process, and the last lines of those that died.
	@$(DOORWAY) status

logs: $(VENV)/.local ## Follow what the processes write.
	@$(DOORWAY) logs --follow

clean: $(VENV)/.local ## Stop everything and remove its data, keys and logs.
	@$(DOORWAY) clean

test: $(VENV)/.dev $(VENV)/.node ## Run all tests, on servers that they start themselves.
	@$(RUN) -m pytest -n auto $(ARGS)

faults: $(VENV)/.dev $(VENV)/.node ## Run all tests again on each day that is hard for dates (hours).
	@$(RUN) -m tests.clock hard-days $(RUN) -m pytest -n auto $(ARGS)

bench: $(VENV)/.dev ## Measure what this machine does, each figure beside its limit (ARGS="--only relay").
	@$(RUN) -m tests.benchmarks $(ARGS)

lint: $(VENV)/.dev ## Check style, the imports between packages, and types.
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/mypy

docs: $(VENV)/.local ## Make the documents that are generated from the code.
	@$(DOORWAY) openapi
	@$(DOORWAY) asyncapi
	@$(DOORWAY) events docs
	@$(RUN) -m deploy.settings_page
	@$(RUN) -m deploy.compose.containers

# The marks say what is installed. The linters' and tests' needs include the stack's.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Doorway needs Python 3.11 or later, as python3."; exit 1; }
	@$(PYTHON) -c '$(FITTING)' || { echo "Doorway needs Python 3.11 or later; $(PYTHON) is older."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make a virtual environment. Run once: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.local: $(VENV)/.made requirements/local.txt pyproject.toml
	@echo "Installing what Doorway needs into $(VENV) …"
	@$(PIP) install --no-compile --require-hashes -r requirements/local.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.local requirements/dev.txt
	@echo "Installing what the tests need into $(VENV) …"
	@$(PIP) install --no-compile --require-hashes -r requirements/dev.txt
	@touch $@

# Generators of clients need other versions of what Doorway needs.
$(VENV)/.clients: $(VENV)/.made requirements/clients.txt
	@echo "Installing what makes clients into $(VENV)/clients …"
	@$(RUN) -m venv --clear $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip --disable-pip-version-check --no-input -q install --no-compile --require-hashes \
		-r requirements/clients.txt
	@touch $@

# Those in TypeScript, and what lints documents, run on the Node.js that stands among them; no package runs a script.
$(VENV)/.node: $(VENV)/.clients tests/node/package.json tests/node/package-lock.json
	@echo "Installing what makes clients in TypeScript into $(VENV)/clients/node …"
	@mkdir -p $(VENV)/clients/node
	@cp tests/node/package.json tests/node/package-lock.json $(VENV)/clients/node/
	@PATH="$(CURDIR)/$(VENV)/clients/bin:$$PATH" npm ci --prefix $(VENV)/clients/node --ignore-scripts \
		--no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
