#!/usr/bin/env bash
# Follows docs/embedding.md step by step in an empty folder, starts the app that comes of it, and uses its terminal in a browser.
# Only `cargo leptos watch` is replaced, by what it does: its own build would compile all dependencies anew.
. "$(dirname "$0")/env.sh"

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

say "following docs/embedding.md"
steps=$(node scripts/embedding-walk.mjs docs/embedding.md "$folder" "$root")
app=$(sed -n 1p <<<"$steps")
start=$(sed -n 2p <<<"$steps")
cd "$app"
# The value of a key in the app's settings for cargo-leptos.
setting() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p" Cargo.toml; }
name=$(setting output-name)

# This checkout, with its profiles, flags and results: only Execdeck's own crates and the app are compiled.
sed -i -e "s|\.\./execdeck|$root|" -e '/^\[profile\./,/^$/d' Cargo.toml
awk '/^\[/ {on = /^\[profile\./} on' "$root/Cargo.toml" >>Cargo.toml
mkdir .cargo
cp "$root/.cargo/config.toml" .cargo
export CARGO_TARGET_DIR=$root/target

say "building the app of docs/embedding.md"
quietly cargo build --bin "$name" --no-default-features --features ssr || die "its server did not compile"
quietly cargo build --lib --no-default-features --features hydrate --target $target --profile wasm-release ||
  die "its page did not compile"
pkg=$(setting site-root)/$(setting site-pkg-dir)
mkdir -p "$pkg"
execdeck-bindgen --plain "$name" "$CARGO_TARGET_DIR/$target/wasm-release/$name.wasm" "$pkg"
cp "$(setting style-file)" "$pkg/$name.css"

say "starting it, and using its terminal"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
# The variables in front of the command.
eval "export ${start%cargo leptos watch}"
LEPTOS_OUTPUT_NAME=$name LEPTOS_SITE_ROOT=$(setting site-root) LEPTOS_SITE_PKG_DIR=$(setting site-pkg-dir) \
  LEPTOS_SITE_ADDR=127.0.0.1:$port "$CARGO_TARGET_DIR/debug/$name" >"$folder/log" 2>&1 &
server=$!
cd "$root/end2end"
node embedding-walk.js "http://127.0.0.1:$port" "$SHOP_PASSWORD" || die "the app of docs/embedding.md does not work" "$(cat "$folder/log")"
