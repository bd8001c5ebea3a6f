#!/usr/bin/env bash
# Builds what the browser gets into target/site: WebAssembly, JavaScript, styles. Does nothing that is done already.
# `site.sh wasm-dev` builds quickly instead: nothing is shrunk or compressed.
. "$(dirname "$0")/env.sh"

profile=${1:-wasm-release}
site=$root/target/site
flags=(--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-reference-types --enable-multivalue)
# A site of the other profile is not up to date, whatever its times say.
[ "$(cat target/site.profile 2>/dev/null || echo wasm-release)" = "$profile" ] || rm -rf "$site"
mkdir -p "$site/pkg" "$site/js"
echo "$profile" >target/site.profile

say "compiling the page to WebAssembly"
cargo build --package execdeck-frontend --lib --target $target --profile "$profile" --locked --quiet

wasm=target/$target/$profile/execdeck_frontend.wasm
if [ "$wasm" -nt "$site/pkg/execdeck_bg.wasm" ]; then
  say "shrinking the WebAssembly"
  execdeck-bindgen "$wasm" target/bindgen
  if [ "$profile" = wasm-dev ]; then cp target/bindgen/execdeck_bg.wasm "$site/pkg/"
  else quietly wasm-opt -Oz "${flags[@]}" target/bindgen/execdeck_bg.wasm -o "$site/pkg/execdeck_bg.wasm" ||
    die "wasm-opt failed" "try: rm -rf frontend/node_modules && make setup"
  fi
  esbuild target/bindgen/execdeck.js --minify --format=esm --outfile="$site/pkg/execdeck.js" --log-level=warning
fi

newest=$(find frontend/js style frontend/package-lock.json -type f -newer "$site/js/terminal.js" -print -quit 2>/dev/null || true)
if [ ! -e "$site/js/terminal.js" ] || [ -n "$newest" ]; then
  say "bundling scripts and styles"
  esbuild frontend/js/terminal.js --bundle --minify --format=esm --outfile="$site/js/terminal.js" --log-level=warning
  esbuild frontend/js/loader.js --minify --format=esm --outfile="$site/js/loader.js" --log-level=warning
  esbuild frontend/js/events.js --minify --format=esm --outfile="$site/js/events.js" --log-level=warning
  esbuild style/main.css --bundle --minify --outfile="$site/pkg/execdeck.css" --log-level=warning
  cp style/favicon.svg "$site/favicon.svg"
fi

[ "$profile" = wasm-dev ] || node scripts/compress.mjs "$site"
