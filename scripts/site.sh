#!/usr/bin/env bash
# Builds what the browser gets into server/assets/site: WebAssembly, JavaScript, styles. Does nothing that is done already.
# `site.sh wasm-dev` builds quickly instead: nothing is shrunk or compressed.
#
# Each step works in a folder of its own and writes a stamp, made of all that it reads, once it has succeeded; the site is
# replaced as a whole at the end. A step that failed or was interrupted is repeated.
. "$(dirname "$0")/env.sh"

profile=${1:-wasm-release}
site=$root/server/assets/site
pages=$root/target/pages  # the split WebAssembly and its bindings
bundle=$root/target/bundle  # the scripts, beside the bindings that they import
flags=(--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-reference-types --enable-multivalue)
# The stack lies at the bottom of the memory (rustc's `--stack-first`), so no address of a value is below 1024.
shrink=(--flatten --rereloop -Oz -Oz --low-memory-unused --converge --strip-producers --strip-target-features)
again=(-Oz --simplify-locals --coalesce-locals --reorder-locals -Oz --low-memory-unused)

is_current() { [ -e "$1" ] && [ "$(cat "$1.stamp" 2>/dev/null)" = "$2" ]; }
checksum() { { echo "$profile"; cat "$@"; } | sha256sum; }

say "compiling the page to WebAssembly"
cargo build --package execdeck-frontend --lib --target $target --profile "$profile" --locked --quiet

wasm=target/$target/$profile/execdeck_frontend.wasm
stamp=$(checksum "$wasm" "$tools/bin/execdeck-bindgen" scripts/site.sh frontend/package-lock.json)
if ! is_current "$pages" "$stamp"; then
  say "splitting and shrinking the WebAssembly"
  rm -rf "$pages" "$pages.stamp"
  mkdir -p "$pages"
  execdeck-bindgen "$wasm" "$pages"
  # The parts that the list shares with other pages become one module with the main one, whose exports they import.
  merge=()
  while read -r part; do merge+=("$pages/$part.wasm" "$part"); done <"$pages/merge"
  quietly wasm-merge "${flags[@]}" "$pages/execdeck_bg.wasm" __wasm_split "${merge[@]}" -o "$pages/execdeck_bg.wasm" || die "wasm-merge failed"
  while read -r part; do rm "$pages/$part.wasm"; done <"$pages/merge"
  if [ "$profile" != wasm-dev ]; then
    for file in "$pages"/*.wasm; do
      # A pass over the result finds a little more.
      quietly wasm-opt "${shrink[@]}" "${flags[@]}" "$file" -o "$file" && quietly wasm-opt "${again[@]}" "${flags[@]}" "$file" -o "$file" || die "wasm-opt failed" "try: rm -rf frontend/node_modules && make setup"
    done
  fi
  echo "$stamp" >"$pages.stamp"
fi

scripts=(frontend/js/*.js)
stamp=$(checksum "$pages.stamp" "${scripts[@]}" frontend/js/*/*.js app/js/*.js style/* frontend/package-lock.json scripts/site.sh scripts/compress.mjs)
is_current "$site" "$stamp" && exit

say "bundling scripts and styles"
next=$root/target/site.next
rm -rf "$next" "$bundle"
mkdir -p "$next" "$bundle"
cp "${scripts[@]}" "$pages"/*.js "$bundle"
# The scripts that come with the app's crate.
cp -r "$pages/snippets" "$bundle"
# Retry fetching modules that load on demand.
{ echo 'import { fetchModule as fetch } from "./modules.js";'; cat "$pages/split.js"; } >"$bundle/split.js"
esbuild "$bundle/start.js" --bundle --minify --format=esm --external:./more.js --target=es2022 --log-override:duplicate-object-key=silent --outfile="$next/execdeck.js" --log-level=warning
# The names of private properties are a fifth of xterm.js; its addon for WebGL uses some of them, so both get the same short ones.
private=(--mangle-props='^_[^_]' --mangle-cache="$bundle/names.json")
echo '{}' >"$bundle/names.json"
# Licences are in files beside these, so that not every visit fetches them.
esbuild frontend/js/terminal.js --bundle --minify "${private[@]}" --legal-comments=external --format=esm --external:./webgl.js --external:./unicode.js --external:./boundary.js --external:./budget.js --external:./touch.js --external:./terminal-tools.js --outfile="$next/terminal.js" --log-level=warning
esbuild frontend/js/terminal-tools.js --bundle --minify --legal-comments=external --format=esm --target=es2022 --outfile="$next/terminal-tools.js" --log-level=warning
esbuild frontend/js/unicode.js --bundle --minify --legal-comments=external --format=esm --outfile="$next/unicode.js" --log-level=warning
esbuild frontend/js/webgl.js --bundle --minify "${private[@]}" --format=esm --outfile="$next/webgl.js" --log-level=warning
# What is loaded when it is used.
for name in presence usage acts palette notify more touch plain-more boundary budget; do
  esbuild "frontend/js/$name.js" --bundle --minify --external:./replay.js --legal-comments=external --format=esm --target=es2022 --outfile="$next/$name.js" --log-level=warning
done
esbuild frontend/js/log.js --bundle --minify --format=esm --target=es2022 --outfile="$next/log.js" --log-level=warning
esbuild frontend/js/replay.js --bundle --minify --format=esm --target=es2022 --external:./terminal.js --outfile="$next/replay.js" --log-level=warning
esbuild frontend/js/together.js --bundle --minify --format=esm --target=es2022 --outfile="$next/together.js" --log-level=warning
esbuild style/together.css --bundle --minify --outfile="$next/together.css" --log-level=warning
esbuild frontend/js/list.js --bundle --minify --format=esm --target=es2022 --outfile="$next/list.js" --log-level=warning
esbuild style/list-extras.css --bundle --minify --outfile="$next/list.css" --log-level=warning
esbuild style/account.css --bundle --minify --outfile="$next/account.css" --log-level=warning
esbuild style/search-page.css --bundle --minify --outfile="$next/search-page.css" --log-level=warning
esbuild style/form.css --bundle --minify --outfile="$next/form.css" --log-level=warning
esbuild style/embed.css --bundle --minify --outfile="$next/embed.css" --log-level=warning
esbuild style/main.css --bundle --minify --outfile="$next/execdeck.css" --log-level=warning
# A second shortener finds a few percent more. None of these scripts has getters that do something, or functions that must be constructors.
compress=passes=5,ecma=2020,pure_getters=true,unsafe_arrows=true,unsafe_methods=true
for name in execdeck terminal terminal-tools webgl log list replay together; do
  terser "$next/$name.js" --module --compress "$compress" --mangle --output "$next/$name.js"
done
for name in setup preview passkeys search-page plain; do
  esbuild "frontend/js/$name.js" --bundle --minify --external:./plain-more.js --format=esm --outfile="$next/$name.js" --log-level=warning
done
cp style/favicon.svg "$pages"/*.wasm "$pages/preload.json" "$next"
[ "$profile" = wasm-dev ] || node scripts/compress.mjs "$next"
mkdir -p "${site%/*}"
rm -rf "$site" "$site.stamp"
mv "$next" "$site"
echo "$stamp" >"$site.stamp"
