#!/usr/bin/env bash
# Runs the server, rebuilds what changes, and reloads open pages. PORT chooses another port than 3000.
. "$(dirname "$0")/env.sh"
exec node frontend/dev.mjs
