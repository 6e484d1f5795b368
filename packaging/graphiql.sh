#!/bin/sh
# Builds GraphiQL into graphiql/dist, or checks its types: graphiql.sh build|types, by way of node.sh.
set -eu

say() {
    printf '%s\n' "$@" >&2
}

# npm writes this file last, so an installation that was cut short is made anew.
install() {
    say "Installing graphiql/package-lock.json into graphiql/node_modules, 250 MB, once."
    npm ci --ignore-scripts --loglevel=error "$@"
}

is_installed() {
    [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]
}

cd graphiql
case $1 in
build)
    is_installed || install --omit=dev
    say "Building GraphiQL."
    npm run --silent build -- --logLevel warn
    ;;
types)
    is_installed && [ -e node_modules/.bin/tsc ] || install
    npm run --silent types
    ;;
*)
    say "graphiql.sh builds, or checks types: not $1."
    exit 2
    ;;
esac
