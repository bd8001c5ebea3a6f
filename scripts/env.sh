# Sourced by every script: paths of the project's tools, the Rust toolchain to use, and helpers for messages.
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

# Runs a command and shows the end of its output only if it fails.
quietly() {
  local log=$tools/last.log
  mkdir -p "$tools"
  "$@" >"$log" 2>&1 && return
  tail -n 40 "$log" >&2
  return 1
}

has_wasm() { compgen -G "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null; }

# Debian's toolchain is put first on the PATH through a folder of links, so that `cargo clippy` finds the matching
# clippy while everything else in /usr/bin keeps its place.
use_debian_rust() {
  mkdir -p "$tools/rust"
  local name
  for name in cargo rustc rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
    [ ! -x /usr/bin/$name ] || ln -sfn /usr/bin/$name "$tools/rust/$name"
  done
  export PATH="$tools/rust:$PATH:$HOME/.cargo/bin"
  # Unlike rustup's toolchain it comes without a linker for WebAssembly.
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
