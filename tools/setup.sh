#!/bin/sh
# Prepares a machine: system packages, the virtual environment, the locked Python packages. Safe to repeat; quick when nothing changed.
#   tools/setup.sh run    what the portal needs
#   tools/setup.sh test   the same, and what the tests need
set -eu
cd "$(dirname "$0")/.."
scope=${1:-test}
stamp=.venv/ready-for-$scope

say() { printf '%s\n' "$*" >&2; }

python_of_choice() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$python"
            return
        fi
    done
    say "The portal needs Python 3.11 or newer; none was found. On Debian: apt-get install python3 python3-venv"
    exit 1
}

# What the stamp holds: the same text means that nothing this script looks at has changed.
fingerprint() { cat tools/setup.sh requirements-dev.txt | sha256sum; }

missing=
need() { # need PACKAGE COMMAND...: the package is missing when the command fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

library() { /sbin/ldconfig -p | grep -q "$1"; }

cjk_type() { find /usr/share/fonts /usr/local/share/fonts -name 'NotoSansCJK*' 2>/dev/null | grep -q .; }

postgresql_server() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }

some_browser() {
    for name in "${PORTAL_CHROMIUM:-chromium}" chromium chromium-browser google-chrome-stable google-chrome; do
        if "$name" --version; then return; fi
    done
    ls "$HOME"/.cache/ms-playwright/chromium*/chrome-linux*/chrome
}

find_missing() {
    missing=
    need python3-venv "$1" -c 'import ensurepip, venv'
    need libpango-1.0-0 library libpango-1.0.so.0
    need libpangoft2-1.0-0 library libpangoft2-1.0.so.0
    need libharfbuzz-subset0 library libharfbuzz-subset.so.0
    need fonts-noto-cjk cjk_type
    [ "$scope" = test ] || return 0
    need postgresql postgresql_server
    need poppler-utils pdftoppm -v
    need redis-server redis-server --version
    need chromium some_browser
}

install_missing() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "Missing system packages. Install them, then repeat the command:"
        say "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing"
        exit 1
    fi
    say "Installing system packages:$missing"
    apt-get update -qq </dev/null >&2
    # shellcheck disable=SC2086 # a list of package names, split on purpose
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null >&2
}

python=$(python_of_choice)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then exit 0; fi

find_missing "$python"
if [ -n "$missing" ]; then
    install_missing
    find_missing "$python"
    if [ -n "$missing" ]; then
        say "Still missing after installing:$missing"
        case $missing in *chromium*) say "Where chromium is only a snap, install a Chrome or Chromium and name it: PORTAL_CHROMIUM=/path" ;; esac
        exit 1
    fi
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
say "Installing the locked Python packages…"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt </dev/null >&2
fingerprint >"$stamp"
if [ "$scope" = test ]; then fingerprint >.venv/ready-for-run; fi
