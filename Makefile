# What one types in this checkout; `make` alone lists it.

PYTEST := .venv/bin/python -m pytest
.DEFAULT_GOAL := help
.PHONY: help bench venv demo clean-demo install-node test test-fast test-live check golden lint man clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

venv: ## make .venv, with the Debian packages that it needs
	@bin/bootstrap

demo: ## make this machine a cloud, run an instance, log in, show it, kill it
	@bin/demo

clean-demo: ## take away what the demo made, and only that
	@bin/demo --clean

install-node: venv ## make this machine front end and node (what the live tests need)
	@bin/stratus install --yes

test: ## the whole test suite: the fast tier, then the live tier on this machine
	@bin/bootstrap --tests
	@$(MAKE) --no-print-directory install-node
	@status=0; \
	$(MAKE) --no-print-directory test-fast || status=1; \
	$(MAKE) --no-print-directory test-live || status=1; \
	exit $$status

test-fast: venv ## the tests that need neither root nor a node
	$(PYTEST) -m "not live" -n 2

test-live: venv ## the tests that need root and this machine as a node
	$(PYTEST) -m live

bench: ## what everything costs, against raw alternatives (docs/performance.md)
	@bin/bootstrap --bench
	@.venv/bin/python -m bench --json build/bench.json

lint: venv ## style and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

check: ## what must pass before every commit: style, types, fast tests; no root
	@bin/bootstrap --tests
	@$(MAKE) --no-print-directory lint
	$(PYTEST) -m "not live and not slow" -n 4

golden: venv ## type the lines of tests/commands/golden/ again and write the answers down; then read the diff
	STRATUS_GOLDEN=renew $(PYTEST) tests/commands/test_golden.py -n 2
	@git diff --stat -- tests/commands/golden

man: venv ## write the man pages from the commands
	.venv/bin/python -P -m stratus.commands.man man

clean: ## remove what building and testing left here (.venv stays)
	rm -rf build .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
