#!/bin/sh
# Installs a lock file into .venv: setup.sh LOCK STAMP, from the root of the repository.
#
# The stamps in .venv tell what it holds. They are taken away before anything is installed and laid
# down when all is there, so a .venv without one was left half made, and is made anew.
set -eu

lock=$1
stamp=$2
fits='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'

say() {
    printf '%s\n' "$@" >&2
}

version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

find_python() {
    names=${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}
    seen=
    for candidate in $names; do
        version=$(version_of "$candidate") || continue
        if ! "$candidate" -c "$fits"; then
            seen="$seen ($candidate is $version)"
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            lacking=$version
        else
            # Not the path it was called by: that may lie in the very .venv that is to be removed.
            "$candidate" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))'
            return
        fi
    done
    if [ -n "${lacking:-}" ]; then
        say "Python $lacking is here, but not its venv module. On Debian and Ubuntu:" \
            "    apt install python$lacking-venv"
    else
        say "Tollhouse needs Python 3.11 to 3.14. Looked for $names: none fits$seen." \
            "    Debian, Ubuntu:  apt install python3 python3-venv" \
            "                     (python3.11 python3.11-venv where python3 is older)" \
            "    macOS:           brew install python@3.13" \
            "    anywhere:        make run PYTHON=/path/to/python3.13"
    fi
    return 1
}

if ! ls .venv/installed* >/dev/null 2>&1 || ! .venv/bin/python -c "$fits" 2>/dev/null; then
    python=$(find_python)
    say "Making .venv with Python $(version_of "$python")."
    rm -rf .venv
    "$python" -m venv .venv
fi

say "Installing $lock into .venv: about half a minute, once."
rm -f .venv/installed*
.venv/bin/python -m pip install --disable-pip-version-check --quiet --progress-bar off --require-hashes -r "$lock"

# The development lock holds all of the other one.
touch .venv/installed "$stamp"
