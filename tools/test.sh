#!/bin/sh
# Everything that CI runs. The suite runs on SQLite and PostgreSQL in one go, browser journeys included.
set -eu
cd "$(dirname "$0")/.."
tools/check.sh
exec .venv/bin/pytest -n 2 --dist worksteal --database both "$@"
