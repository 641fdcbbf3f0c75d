#!/bin/sh
# What a change must pass before anything slower is worth running. Every step runs; the exit status tells whether all passed.
# --before-suite leaves out the tests that the suite runs on both databases anyway.
set -u
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
failed=

step() {
    printf '· %s\n' "$*"
    "$@" || failed="$failed
    $*"
}

step ruff format --check --quiet .
step ruff check --quiet .
step mypy
step lint-imports
step djlint --lint --quiet templates
step python -m tools.catalogues --check
[ "${1:-}" = --before-suite ] || step pytest -q -n 2 tests/house tests/core
step pytest -q -n 2 --cov --cov-report=term tests/taxes tests/*/test_rules*.py

[ -z "$failed" ] || {
    printf 'make check: failed:%s\n' "$failed" >&2
    exit 1
}
