#!/bin/bash
# build.sh FOLDER: builds the fuzz targets there; quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CCACHE_DIR=${CCACHE_DIR:-$HOME/.ccache} CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -G Ninja -S tests/fuzz/project -B "$1" && ninja -C "$1" -j "${JOBS:-1}"; } >"$log" 2>&1; then
  tail -60 "$log"
  exit 1
fi
tail -1 "$log"
