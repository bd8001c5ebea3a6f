#!/usr/bin/env bash
# Builds the keeper, the small program that runs beside every process, into server/assets/keep, from where the server takes
# it in. Linked statically and for a fixed address it has next to no memory of its own; where that cannot be linked, a plain
# program does the same job. That a target is named keeps the flags from what runs during the build.
. "$(dirname "$0")/env.sh"

host=$(rustc -vV | sed -n 's/^host: //p')
built=target/keep/$host/keep/execdeck-keep
build() {
  CARGO_TARGET_DIR=$root/target/keep RUSTFLAGS=$1 quietly cargo build --locked --package execdeck-engine \
    --bin execdeck-keep --no-default-features --profile keep --target "$host"
}

say "building the keeper"
build "-C target-feature=+crt-static -C relocation-model=static" || {
  say "a static keeper cannot be linked here: see above; building a plain one"
  build "" || die "the keeper did not compile" "the last lines above say why"
}
# The server is only built anew if the program or its source has changed: one older than its source is not embedded.
embedded=server/assets/keep/execdeck-keep-$host
mkdir -p server/assets/keep
newer=$(find engine/src wire/src -type f -newer "$embedded" -print -quit 2>/dev/null || true)
if [ -n "$newer" ] || ! cmp -s "$built" "$embedded"; then
  cp "$built" target/keep/execdeck-keep
  touch target/keep/execdeck-keep
  mv target/keep/execdeck-keep "$embedded"
fi
