# Everything below needs Python 3.11 or newer and make, nothing else. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Python's compiled files are kept, whatever the machine is used to: from source each process begins 4 seconds later.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8000
JOBS ?= 2
SIZE ?= small
LOCKED := .venv/installed-$(firstword $(shell cksum requirements.lock))
CSS := static/app.css
SPOKEN := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
DEPLOYED := env -u DEBUG -u DEMO SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	SITE_URL=https://trade.example EMAIL_URL=smtp://mail.example

.PHONY: help run test demo bench fix lock audit ready chromium

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

run: ready ## the site with everything it needs, on port 8000 or PORT
	@DEMO=$${DEMO-1} PORT=$(PORT) $(BIN)/python -m trade_assurance.embedded $(BIN)/python -m trade_assurance.run

test: ready chromium ## every check and every test, on servers of its own
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html' ':!templates/cotton')
	@$(BIN)/lint-imports
	@$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python -m trade_assurance.embedded --throwaway \
		bash -euc 'DEMO=1 $(BIN)/python manage.py makemigrations --check --dry-run; $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(TESTS)'

demo: ready ## one order's whole life, told in the terminal
	@DEMO=1 $(BIN)/python -m trade_assurance.embedded --throwaway \
		bash -euc '$(BIN)/python manage.py migrate --verbosity 0; $(BIN)/python manage.py demo'

bench: ready ## speed against the limits of the same machine, in about two minutes; SIZE=full takes longer
	@$(BIN)/python -m trade_assurance.embedded --throwaway $(BIN)/python -m benchmarks --size $(SIZE)

fix: ready ## put right what can be put right by itself
	@$(BIN)/ruff check --fix . || true
	@$(BIN)/ruff format .
	@$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html' ':!templates/cotton') || true

lock: ready ## look up versions again: make lock, make lock UP="--upgrade", make lock UP="--upgrade-package django"
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev pyproject.toml $(UP) \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

audit: ready ## known holes in what we use (asks the network), and in what we wrote
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $$(git ls-files '*/apps.py' | xargs dirname)

ready: $(LOCKED) $(CSS) $(SPOKEN)

$(LOCKED): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing python3-venv"; apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null; \
		else echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; fi; fi
	@test -x $(BIN)/python || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "installing what requirements.lock names"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@rm -f .venv/installed-*
	@touch $@

$(CSS): design/theme.css $(LOCKED) $(shell find templates trade_assurance accounts suppliers orders disputes payments notifications static \
		\( -name '*.html' -o -name '*.py' -o -name 'app.js' \) -newer $(CSS) 2>/dev/null)
	@$(BIN)/tailwindcss --input design/theme.css --output $@ --minify >.venv/tailwind.log 2>&1 || { cat .venv/tailwind.log; exit 1; }
	@touch $@

%.mo: %.po $(LOCKED)
	@$(BIN)/python -m trade_assurance.spoken

chromium: # for the browser tests
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium"; { apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || true; fi
	@command -v chromium >/dev/null || echo "No chromium on the PATH: the browser tests are skipped (apt-get install chromium)."
