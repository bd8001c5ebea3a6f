#!/usr/bin/env bash
# Builds what the browser gets into target/site: WebAssembly, JavaScript, styles. Does nothing that is done already.
. "$(dirname "$0")/env.sh"

site=$root/target/site
flags=(--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-reference-types --enable-multivalue)
mkdir -p "$site/pkg" "$site/js"

say "compiling the page to WebAssembly"
cargo build --package execdeck-frontend --lib --target $target --profile wasm-release --quiet

wasm=target/$target/wasm-release/execdeck_frontend.wasm
if [ "$wasm" -nt "$site/pkg/execdeck_bg.wasm" ]; then
  say "shrinking the WebAssembly"
  wasm-bindgen "$wasm" --target web --no-typescript --out-dir target/bindgen --out-name execdeck
  quietly wasm-opt -Oz "${flags[@]}" target/bindgen/execdeck_bg.wasm -o "$site/pkg/execdeck_bg.wasm" ||
    die "wasm-opt failed" "try: rm -rf frontend/node_modules && make setup"
  esbuild target/bindgen/execdeck.js --minify --format=esm --outfile="$site/pkg/execdeck.js" --log-level=warning
fi

newest=$(find frontend/js style frontend/package-lock.json -type f -newer "$site/js/terminal.js" -print -quit 2>/dev/null || true)
if [ ! -e "$site/js/terminal.js" ] || [ -n "$newest" ]; then
  say "bundling scripts and styles"
  esbuild frontend/js/terminal.js --bundle --minify --format=esm --outfile="$site/js/terminal.js" --log-level=warning
  esbuild frontend/js/loader.js --minify --format=esm --outfile="$site/js/loader.js" --log-level=warning
  esbuild style/main.css --bundle --minify --outfile="$site/pkg/execdeck.css" --log-level=warning
  cp style/favicon.svg "$site/favicon.svg"
fi

node scripts/compress.mjs "$site"
