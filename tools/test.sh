#!/bin/sh
# Everything that CI runs. The suite runs on SQLite and PostgreSQL in one go, browser journeys included.
# What fails beside others is run once more by itself, so that a crowded machine is told from a defect;
# both runs are printed.
set -eu
cd "$(dirname "$0")/.."
tools/check.sh --before-suite
if .venv/bin/pytest -n 2 --dist worksteal --database both "$@"; then
    exit 0
fi
printf 'Failed beside others. Once more, one at a time:\n'
exec .venv/bin/pytest --last-failed --last-failed-no-failures none --database both "$@"
