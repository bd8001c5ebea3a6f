#!/usr/bin/env bash
# Checks the format and the lints, for the server and for the browser.
. "$(dirname "$0")/env.sh"
say "checking the format"
cargo fmt --all --check || die "some files are not formatted" "run: make format"
say "checking the list of texts"
node scripts/texts.mjs --check || exit 1
say "linting the server"
cargo clippy --locked --quiet --workspace --exclude execdeck-frontend --all-targets -- -D warnings
say "checking the documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --workspace --exclude execdeck-frontend --no-deps --lib
say "linting the keeper"
cargo clippy --locked --quiet --package execdeck-engine --no-default-features --bin execdeck-keep -- -D warnings
say "linting the page"
cargo clippy --locked --quiet --package execdeck-frontend --package execdeck-app --features execdeck-app/hydrate --target $target --profile wasm-release -- -D warnings
say "linting the components, as other applications get them"
cargo clippy --locked --quiet --package execdeck-app --features hydrate --target $target --profile wasm-release -- -D warnings
cargo clippy --locked --quiet --package execdeck-app --features ssr -- -D warnings
say "linting the page of the example"
cargo clippy --locked --quiet --package release-console --lib --no-default-features --features hydrate --target $target --profile wasm-release -- -D warnings
