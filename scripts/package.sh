#!/usr/bin/env bash
# Packages the crates that another application links, and checks that nothing is missing in them that is not Rust. Their
# versions are not pinned (`--exclude-lockfile`): cargo would look them up where nothing is published yet.
. "$(dirname "$0")/env.sh"

crates=(wire engine client app server)
say "packaging the crates"
cargo package --quiet --offline --no-verify --allow-dirty --no-metadata --exclude-lockfile "${crates[@]/#/--package=execdeck-}"

packages=${CARGO_TARGET_DIR:-target}/package
for crate in "${crates[@]}"; do
  package=$(ls -t "$packages/execdeck-$crate"-*.crate | head -n 1)
  files=$(tar -tzf "$package" | cut -d/ -f2-)
  wanted=(README.md src/lib.rs)
  for folder in js assets; do
    [ ! -d "$crate/$folder" ] || mapfile -t -O "${#wanted[@]}" wanted < <(cd "$crate" && find $folder -type f ! -name '*.stamp')
  done
  for file in "${wanted[@]}"; do
    grep -qxF -- "$file" <<<"$files" || die "$file is not in the package of execdeck-$crate" "see \`include\` in $crate/Cargo.toml"
  done
  # What crates.io takes at most.
  [ "$(stat -c %s "$package")" -le 10485760 ] || die "$package is larger than 10 MiB"
done
