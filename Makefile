# make demo · make test · make test-all · make lint · make bench · make clean
# Each first makes .venv with all that is needed, where it is missing or older than setup.py.

SHELL := /bin/bash
PYTHON := .venv/bin/python -P
READY := .venv/.ready
# processes that share the tests, each a file at a time; one needs up to 7 GB of memory
WORKERS ?= 2

.PHONY: demo test test-all lint bench clean
.DEFAULT_GOAL := demo

demo: $(READY)
	@bin/complete demo/portrait.png center --output demo/output/completed.png --overwrite
	@$(PYTHON) demo/sheet.py

test: $(READY)
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-all: $(READY)
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "slow or not slow"

lint: $(READY)
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .

bench: $(READY)
	@$(PYTHON) benchmarks/speed.py

clean:
	@rm -rf build dist *.egg-info .pytest_cache .ruff_cache demo/output
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(READY): setup.py pyproject.toml
	@for python in python3.11 python3.12 python3.13 python3 none; do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && break; \
	done; \
	if [ $$python = none ]; then \
	  echo "holefill needs Python 3.11, 3.12 or 3.13 as python3.11 ... or python3; found: $$(python3 --version 2>&1)" >&2; \
	  exit 1; \
	fi; \
	echo "Installing into .venv with $$python (once; a few minutes at most)"; \
	{ [ -x .venv/bin/python ] || $$python -m venv .venv; } && \
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[faces,test]' && touch $@
