#!/usr/bin/env bash
# Installs what is missing to build Execdeck: a Rust toolchain with the WebAssembly target, the binding generator, npm packages.
# With `tests`, also what the browser tests need; with `bench-browser`, what `make bench-browser` needs; with `deny`, also cargo-deny. Existing tools are left alone.
# A step counts as done only once it has succeeded, so one that failed or was interrupted is repeated.
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

# Debian packages the compiler that it builds its browsers with and the source of its standard library, but not that
# library compiled for WebAssembly. So it is compiled here, once per machine.
install_debian_rust() {
  apt_install rustc-web cargo-web rust-web-src rustfmt-web rust-web-clippy lld-22 gcc libc6-dev ||
    die "no Rust toolchain with the $target target could be installed" \
      "with rustup: rustup target add $target" "see $tools/last.log for what failed"
  has_wasm /usr/bin/rustc && return
  say "compiling the standard library for $target (about a minute)"
  local empty=$tools/std lib file
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
  # `libstd` comes last: it is what `has_wasm` looks for.
  for file in $(find "$empty/target/$target/release/deps" -name '*.rlib' ! -name 'libempty*' ! -name 'libstd-*') \
    "$empty/target/$target/release/deps"/libstd-*.rlib; do
    as_root cp "$file" "$lib/.partial" && as_root mv "$lib/.partial" "$lib/${file##*/}" ||
      die "the standard library for $target could not be copied to $lib"
  done
  rm -rf "$empty"
}

setup_rust() {
  choose_rust && return
  if command -v rustup >/dev/null; then
    say "adding the $target target with rustup"
    if quietly rustup target add $target 2>/dev/null && choose_rust; then return; fi
    say "rustup could not fetch it here; falling back to the distribution's packages"
  fi
  command -v apt-get >/dev/null ||
    die "no Rust toolchain with the $target target" "install rustup (https://rustup.rs), then: rustup target add $target"
  install_debian_rust
  choose_rust || die "the $target target was installed but cannot be found" "try: rustup target add $target"
}

# Locked by a file of its own, which must name the version that the page itself is built with.
setup_bindgen() {
  local wanted found stamp=$tools/bin/execdeck-bindgen.sources
  wanted=$(locked wasm-bindgen Cargo.lock)
  found=$(locked wasm-bindgen-cli-support scripts/bindgen/Cargo.lock)
  [ "$wanted" = "$found" ] ||
    die "Cargo.lock names wasm-bindgen $wanted, scripts/bindgen/Cargo.lock $found" \
      "set the version in scripts/bindgen/Cargo.toml, then: cargo update --manifest-path scripts/bindgen/Cargo.toml"
  if [ -x "$tools/bin/execdeck-bindgen" ] && bindgen_sources | cmp -s - "$stamp"; then return; fi
  say "compiling wasm-bindgen $wanted (about two minutes, once)"
  quietly cargo install --path scripts/bindgen --locked --root "$tools" --force ||
    die "scripts/bindgen did not compile" "see $tools/last.log for what failed"
  bindgen_sources >"$stamp"
}

bindgen_sources() { cat scripts/bindgen/Cargo.lock scripts/bindgen/Cargo.toml scripts/bindgen/src/*.rs; }

# The version of package $1 in lock file $2.
locked() { awk -v name="name = \"$1\"" '$0 == name {getline; gsub(/[^0-9.]/, ""); print}' "$2"; }

setup_deny() {
  local wanted=0.20.2
  [ "$(cargo-deny --version 2>/dev/null)" = "cargo-deny $wanted" ] && return
  say "compiling cargo-deny $wanted (three to five minutes, once)"
  quietly cargo install cargo-deny --version "=$wanted" --locked --no-default-features --root "$tools" --force ||
    die "cargo-deny $wanted did not install" "try: cargo install cargo-deny --version $wanted --locked --root .tools"
}

# The stamp is a copy of the lock file, made after npm has succeeded.
setup_npm() {
  local folder=$1 stamp=$1/node_modules/.installed-lock.json
  cmp -s "$folder/package-lock.json" "$stamp" && return
  command -v npm >/dev/null || apt_install nodejs npm || die "npm is missing" "install Node.js 20 or newer: https://nodejs.org"
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
    die "Node.js $(node --version) is too old" "install Node.js 20 or newer: https://nodejs.org"
  say "installing npm packages in $folder"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 quietly npm ci --no-audit --no-fund --prefix "$folder" ||
    die "npm ci failed in $folder" "check the network, then: npm ci --prefix $folder"
  cp "$folder/package-lock.json" "$stamp"
}

setup_chromium() {
  # Playwright writes the marker once its own Chromium is complete.
  [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null ||
    compgen -G "$HOME/.cache/ms-playwright/chromium-*/INSTALLATION_COMPLETE" >/dev/null ||
    apt_install chromium fonts-dejavu-core ||
    (cd end2end && quietly npx playwright install chromium) ||
    die "no Chromium for the browser tests" "install it, or name its path: CHROMIUM=/path/to/chromium make test"
}

setup_firefox() {
  [ -n "${FIREFOX:-}" ] || command -v firefox-esr >/dev/null || command -v firefox >/dev/null || apt_install firefox-esr ||
    die "no Firefox for the browser tests" "install it, or name its path: FIREFOX=/path/to/firefox make test"
}

# For the test of the README's example. Debian would start nginx as a service at once; `policy-rc.d` forbids that.
setup_nginx() {
  if PATH=$PATH:/usr/sbin command -v nginx >/dev/null && command -v openssl >/dev/null; then return; fi
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e $policy ] || ! printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin $policy; then policy=; fi
  apt_install nginx-light openssl || status=1
  [ -z "$policy" ] || as_root rm -f $policy
  [ $status = 0 ] || die "no nginx for the test of the README's example" "install nginx and openssl"
}

# For the test of the guide to backups.
setup_sqlite() {
  command -v sqlite3 >/dev/null || apt_install sqlite3 || die "no sqlite3 for the test of docs/backup.md" "install sqlite3"
}

# What people use in terminals.
setup_programs() {
  local name missing=()
  for name in vim less tmux htop nano mc; do command -v $name >/dev/null || missing+=("$name"); done
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}" || die "no ${missing[*]} for the tests of terminals" "install ${missing[*]}"
}

# For the tests of sandboxes.
setup_bubblewrap() {
  command -v bwrap >/dev/null || apt_install bubblewrap || die "no bubblewrap for the tests of sandboxes" "install bubblewrap"
}

# For the tests of limits, which run on a kernel of their own. Where it cannot be had, they say so and are left out.
setup_vm() {
  [ "$(uname -m)" = x86_64 ] && command -v apt-get >/dev/null || return 0
  command -v linux.uml >/dev/null || apt_install user-mode-linux || say "no User-Mode Linux: limits are not tested"
}

# For what `make bench-browser` compares with: Python runs a program in a terminal, ripgrep searches a file.
setup_bare() {
  local missing=()
  command -v python3 >/dev/null || missing+=(python3)
  command -v rg >/dev/null || missing+=(ripgrep)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}" || die "no ${missing[*]} to compare with" "install ${missing[*]}"
}

setup_rust
setup_bindgen
setup_npm frontend
case "${1:-}" in
  tests)
    setup_npm end2end
    setup_chromium
    setup_firefox
    setup_nginx
    setup_bubblewrap
    setup_programs
    setup_sqlite
    setup_vm
    ;;
  bench-browser)
    setup_npm end2end
    setup_npm end2end/bench/lighthouse
    setup_chromium
    setup_bare
    ;;
  deny) setup_deny ;;
esac
