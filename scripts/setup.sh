#!/usr/bin/env bash
# Sets up what is missing to build Execdeck: a Rust toolchain with the WebAssembly target, wasm-bindgen, npm packages.
# With `tests`, also what the browser tests need. What is there already is left alone.
. "$(dirname "$0")/env.sh"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else return 1
  fi
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  say "installing with apt-get: $*"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "installing packages needs root" "run as root: apt-get install $*"
  quietly as_root apt-get update &&
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Debian ships the compiler that it builds its browsers with, and the sources of its standard library,
# but not that library compiled for the browser: so it is compiled here, once for the machine.
install_debian_rust() {
  apt_install rustc-web cargo-web rust-web-src rustfmt-web rust-web-clippy lld-22 gcc libc6-dev ||
    die "no Rust toolchain with the $target target could be installed" \
      "with rustup: rustup target add $target" "see $tools/last.log for what failed"
  has_wasm /usr/bin/rustc && return
  say "compiling the standard library for $target (about a minute)"
  local empty=$tools/std lib
  mkdir -p "$empty/src"
  : >"$empty/src/lib.rs"
  printf '[package]\nname = "empty"\nedition = "2024"\n[workspace]\n' >"$empty/Cargo.toml"
  (
    use_debian_rust
    cd "$empty"
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$empty/target
    quietly cargo build -Zbuild-std=std,panic_abort,panic_unwind,proc_macro --target $target --release
  ) || die "the standard library for $target did not compile" "the last lines above say why"
  lib=$(/usr/bin/rustc --print sysroot)/lib/rustlib/$target/lib
  as_root mkdir -p "$lib"
  find "$empty/target/$target/release/deps" -name '*.rlib' ! -name 'libempty*' -exec cp {} "$empty/" \;
  as_root cp "$empty"/*.rlib "$lib/"
  rm -rf "$empty"
}

setup_rust() {
  choose_rust && return
  if command -v rustup >/dev/null; then
    say "adding the $target target with rustup"
    if quietly rustup target add $target 2>/dev/null; then return; fi
    say "rustup could not fetch it here; falling back to the distribution's packages"
  fi
  command -v apt-get >/dev/null ||
    die "no Rust toolchain with the $target target" "install rustup (https://rustup.rs), then: rustup target add $target"
  install_debian_rust
  choose_rust || die "the $target target was installed but is not found" "try: rustup target add $target"
}

setup_bindgen() {
  local wanted
  wanted=$(awk '/^name = "wasm-bindgen"$/ {getline; gsub(/[^0-9.]/, ""); print}' Cargo.lock)
  [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $wanted" ] && return
  say "compiling wasm-bindgen $wanted, the version in Cargo.lock (two to four minutes, once)"
  quietly cargo install wasm-bindgen-cli --version "=$wanted" --root "$tools" --force ||
    die "wasm-bindgen-cli $wanted did not install" "try: cargo install wasm-bindgen-cli --version $wanted --root .tools"
}

setup_npm() {
  local folder=$1 stamp=$1/node_modules/.package-lock.json
  [ -e "$stamp" ] && [ ! "$folder/package-lock.json" -nt "$stamp" ] && return
  command -v npm >/dev/null || apt_install nodejs npm || die "npm is missing" "install Node.js 20 or newer: https://nodejs.org"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
    die "Node.js $(node --version) is too old" "install Node.js 20 or newer: https://nodejs.org"
  say "installing npm packages in $folder"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 quietly npm ci --no-audit --no-fund --prefix "$folder" ||
    die "npm ci failed in $folder" "check the network, then: npm ci --prefix $folder"
  touch "$stamp"
}

setup_chromium() {
  [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || [ -d "$HOME/.cache/ms-playwright" ] ||
    apt_install chromium fonts-dejavu-core ||
    (cd end2end && quietly npx playwright install chromium) ||
    die "no Chromium for the browser tests" "install it, or name its path: CHROMIUM=/path/to/chromium make test"
}

setup_rust
setup_bindgen
setup_npm frontend
if [ "${1:-}" = tests ]; then
  setup_npm end2end
  setup_chromium
fi
