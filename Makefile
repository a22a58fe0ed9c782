# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
OURS := telemetry apimodel components emulator runner proofs verify cli drains
ARGS ?=
# Processes start many times: bytecode is kept even where the environment says otherwise, and outside the tree.
KEPT := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/.vigil/pycache"
PYTEST := $(KEPT) PATH="$(CURDIR)/.vigil/tools:$$PATH" $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: help setup tools collector engine containers up serve check typecheck test test-system format mutate bench lock goldens docs reference site pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## create .venv from requirements.lock (every other target does it first)

# A Python that is named gets an environment of its own, where that of .venv is another.
ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) --version 2>/dev/null),$(shell $(BIN)/python --version 2>/dev/null))
.PHONY: .venv/.ready
CLEAR := --clear
endif
endif

.venv/.ready: requirements.lock pyproject.toml $(OURS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"Vigil needs Python 3.11 or newer, $(PYTHON) is {v[0]}.{v[1]}. Remedy: make PYTHON=python3.12 TARGET")'
	@test -x $(BIN)/python -a -z '$(CLEAR)' || $(PYTHON) -m venv $(CLEAR) .venv || { echo 'Cannot create .venv. Remedy on Debian and Ubuntu: apt-get install python3-venv'; exit 1; }
	@echo 'Installing the locked dependencies into .venv ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(OURS:%=--editable %)
	@touch $@

tools: .venv/.ready ## build what some tests compare with, where Go is installed: a Temporal server, promtool, actionlint
	@$(BIN)/python -m demo.stand_ins.temporal build
	@cd tests/emulator/promtool && go build -o $(CURDIR)/.vigil/tools/promtool github.com/prometheus/prometheus/cmd/promtool
	@GOBIN=$(CURDIR)/.vigil/tools go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7

collector: ## build an OpenTelemetry Collector with what the generated configuration uses (Go; minutes)
	@cd tests/emulator/collector && go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config builder.yaml
	@mkdir -p .vigil/tools && mv tests/emulator/collector/built/otelcol .vigil/tools/otelcol && rm -r tests/emulator/collector/built

engine: ## build Pulumi's engine, which tests/engine deploys with (Go; ten minutes of two cores)
	@mkdir -p .vigil/pulumi && cd tests/engine && go build -o $(CURDIR)/.vigil/pulumi/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

containers: .venv/.ready ## run the demo in containers, its lines through Docker's own driver (root, Debian 12: docker.io, mmdebstrap)
	@$(BIN)/python -m demo.containers $(ARGS)

up: .venv/.ready ## deploy to the emulator, make each part of the demo fail, and see its alert fire and close
	@$(KEPT) $(BIN)/python -m demo up $(ARGS)

serve: .venv/.ready ## keep the emulator and the whole demo running (Ctrl-C ends them); `python -m demo traffic` breaks it
	@$(KEPT) $(BIN)/python -m demo serve $(ARGS)

test: .venv/.ready ## all tests except test-system, on all cores (one area: tests/README.md; style and types: make check, make typecheck)
	@$(PYTEST) -m "not system" $(ARGS)

test-system: .venv/.ready ## the tests that start the whole demo again and again, and kill its parts
	@$(PYTEST) -m system $(ARGS)

check: .venv/.ready ## format, lint, import contracts and wording: seconds
	@$(BIN)/ruff format --check --quiet . || { echo 'Remedy: make format'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache | grep -v ' KEPT$$' ; exit $${PIPESTATUS[0]}
	@$(BIN)/python -m pytest -q tests/project/test_words.py

typecheck: .venv/.ready ## strict types: minutes for the whole tree (`make typecheck ARGS=telemetry`: one folder)
	@$(BIN)/basedpyright --level error $(ARGS)

format: .venv/.ready ## rewrite the code in the project's style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

mutate: .venv/.ready ## change each policy of staging and prod in turn, and list what no proof notices: minutes
	@for stack in staging prod; do $(KEPT) $(BIN)/vigil test -s $$stack --mutate $(ARGS) || exit 1; done

bench: .venv/.ready ## compare with peers; writes build/bench/*.json and docs/benchmarks.md
	@for area in commands components drains emulator instrument policies repository telemetry; do $(KEPT) PATH="$(CURDIR)/.vigil/tools:$$PATH" $(BIN)/python -m "bench.$$area" || exit 1; done
	@$(BIN)/python -m bench.table > docs/benchmarks.md

lock: .venv/.ready ## rewrite requirements.lock from the pyproject.toml files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --all-extras --no-emit-package vigil-gcp $(foreach name,$(filter-out cli,$(OURS)),--no-emit-package vigil-$(name)) \
	  --group dev $(OURS:%=%/pyproject.toml) --output-file requirements.lock

goldens: .venv/.ready ## rewrite the committed renders of staging and prod, where to look, and when their alerts open: a minute
	@for stack in staging prod; do $(BIN)/vigil render -s $$stack --write infra/goldens || exit 1; \
	  $(BIN)/vigil docs -s $$stack --write docs/where-to-look || exit 1; \
	  $(BIN)/vigil test -s $$stack --timelines infra/timetables/$$stack.txt || exit 1; done

docs: reference site ## rewrite the generated pages and build the site into build/site, offline

reference: .venv/.ready ## rewrite the generated pages alone
	@$(BIN)/python -m vigil_apimodel.rules > docs/rules.md
	@$(BIN)/python -m tests.emulator.control.methods
	@$(BIN)/python -m tests.emulator.control.recorded
	@$(BIN)/python -m tests.docs.reference

site: .venv/.ready ## build the documentation site alone
	@NO_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --strict --quiet

pictures: .venv/.ready ## draw the pictures of the README and the site again, light and dark (Chromium: apt-get install -y chromium)
	@$(BIN)/python -m tests.docs.pictures docs/pictures

clean: ## remove the environment, the local state and what was built
	@rm -rf .venv .vigil build
