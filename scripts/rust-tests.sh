#!/usr/bin/env bash
# All Rust tests. Up to three that fail get a second attempt, one at a time on a machine that is quiet by then, as the browser
# tests do: whatever passes then is listed as flaky. Anything else that is wrong fails at once: code that does not compile, a
# program of tests that crashed, a fourth test.
. "$(dirname "$0")/env.sh"
# Tests of random inputs draw the same ones each time.
export PROPTEST_RNG_SEED=1
most=3

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "cargo test --locked --workspace"
if cargo test --locked --workspace --no-fail-fast 2>&1 | tee "$log"; then exit 0; fi

# Each program of tests that failed is named by cargo at the end, and has counted its failed tests if it ran to its end.
programs=$(grep -c '^    `-p ' "$log" || true)
ended=$(grep -c '^test result: FAILED' "$log" || true)
[ "$programs" -gt 0 ] && [ "$programs" = "$ended" ] || die "the Rust tests could not be run to their end"
count=$(awk '/^test result: FAILED/ { failed += $6 } END { print failed }' "$log")
failed=$(sed -n 's/^---- \(.*\) stdout ----$/\1/p' "$log" | sort -u)
[ "$count" -le $most ] && [ "$count" = "$(grep -c . <<<"$failed" || true)" ] || die "$count Rust tests failed" "$failed"

while read -r name; do
  say "second attempt at $name"
  cargo test --locked --workspace --quiet -- --exact "$name" </dev/null || die "$name failed twice"
done <<<"$failed"
say "flaky, passed at the second attempt:" "$failed"
