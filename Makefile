# The project's commands. `make run` and `make test` prepare the machine themselves; nothing else has to come first.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench soak lock catalogues

bin := .venv/bin

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing: system packages, virtual environment, locked Python packages
	@tools/setup.sh test

run: ## Serve the portal with worker and sandbox on http://127.0.0.1:8000, with demo data
	@tools/setup.sh run
	@exec $(bin)/python tools/run.py

test: ## Everything that CI runs: checks, the suite on SQLite and PostgreSQL, the journeys in a browser
	@tools/setup.sh test
	@exec tools/test.sh

check: ## The quick part: format, lint, types, imports, templates, catalogues, rules
	@tools/setup.sh test
	@exec tools/check.sh

bench: ## Measure; each benchmark prints both sides of a ratio
	@tools/setup.sh test
	@exec $(bin)/python -m bench

soak: ## The long forms of the tests that a short slice of stands in `make test`
	@tools/setup.sh test
	@exec $(bin)/pytest -m soak -n 2 --database both --timeout 7200

lock: ## Lock requirements.in and requirements-dev.in again, with hashes
	@tools/setup.sh test
	@exec tools/lock.sh

catalogues: ## Extract the words from code and templates, merge translations/parts, compile
	@tools/setup.sh test
	@exec $(bin)/python -m tools.catalogues
