#!/usr/bin/env bash
# Builds what the example in examples/embed sends to the browser into target/console: WebAssembly with its bindings, and the
# files of its own. Does nothing that is done already. A host with cargo-leptos gets the same from that.
. "$(dirname "$0")/env.sh"

profile=wasm-release
site=$root/target/console
wasm=target/$target/$profile/release_console.wasm

say "compiling the example to WebAssembly"
cargo build --package release-console --lib --no-default-features --features hydrate --target $target --profile $profile --locked --quiet

stamp=$(cat "$wasm" "$tools/bin/execdeck-bindgen" examples/embed/assets/* scripts/embed.sh | sha256sum)
if [ -e "$site" ] && [ "$(cat "$site.stamp" 2>/dev/null)" = "$stamp" ]; then exit; fi
rm -rf "$site" "$site.stamp"
mkdir -p "$site/pkg"
execdeck-bindgen --plain release-console "$wasm" "$site/pkg"
cp -r examples/embed/assets "$site"
echo "$stamp" >"$site.stamp"
