#!/usr/bin/env bash
# Runs cargo with the toolchain that setup has chosen.
. "$(dirname "$0")/env.sh"
say "cargo $*"
exec cargo "$@"
