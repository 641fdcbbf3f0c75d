#!/bin/sh
# Locks both requirement files with hashes, for every platform and Python from 3.11 on. Arguments go to uv, e.g. --upgrade-package NAME.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet uv
for name in requirements requirements-dev; do
    .venv/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
        --custom-compile-command "make lock" --no-emit-index-url "$@" -o "$name.txt" "$name.in"
done
