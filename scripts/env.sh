# Sourced by every script: where the project's tools are and which Rust toolchain builds it.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
target=wasm32-unknown-unknown

say() { printf '\033[1;34m==>\033[0m %s\n' "$*"; }
die() {
  printf '\033[1;31merror:\033[0m %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# Runs quietly and shows the output only when the command fails.
quietly() {
  local log=$tools/last.log
  mkdir -p "$tools"
  "$@" >"$log" 2>&1 && return
  tail -n 40 "$log" >&2
  return 1
}

has_wasm() { compgen -G "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null; }

# A toolchain whose WebAssembly target came from Debian's packages is used through a folder of links,
# so that `cargo clippy` and its like find their own kind and nothing else in /usr/bin changes its place.
use_debian_rust() {
  mkdir -p "$tools/rust"
  local name
  for name in cargo rustc rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
    [ ! -x /usr/bin/$name ] || ln -sfn /usr/bin/$name "$tools/rust/$name"
  done
  export PATH="$tools/rust:$PATH:$HOME/.cargo/bin"
  # Without a linker of its own, unlike rustup's.
  ! command -v wasm-ld-22 >/dev/null || export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
}

choose_rust() {
  [ -d "$HOME/.cargo/bin" ] && export PATH="$PATH:$HOME/.cargo/bin"
  if [ "$(command -v rustc)" != /usr/bin/rustc ] && has_wasm rustc; then return 0; fi
  if [ -x /usr/bin/rustc ] && has_wasm /usr/bin/rustc; then use_debian_rust; return 0; fi
  return 1
}

choose_rust || true
export PATH="$tools/bin:$root/frontend/node_modules/.bin:$PATH"
cd "$root"
