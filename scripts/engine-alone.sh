#!/usr/bin/env bash
# A program that only wants processes pays only for processes: makes a new crate out of the example in engine/README.md and
# the packages of the engine, builds it with nothing compiled beforehand, and runs it. Fails if its tree contains what pages
# and HTTP need, if compiling would take two otherwise idle cores a minute or more, or if the program does not print what the
# README says.
#
# The minute is measured as CPU time, of which two cores have two, and on a machine that counts to twenty million in 0.75 s of
# it: a slower or busier one gets as much more. So a machine that is busy with something else does not fail, while a dependency
# more counts, wherever it is compiled.
. "$(dirname "$0")/env.sh"
limit=150  # seconds of CPU time: two minutes, and a quarter more, since machines differ in more than how fast they count
TIMEFORMAT='%U %S'

# How many hundredths of a second of CPU time this machine takes for counting, and at least those that the limit is made for.
count() { { time awk 'BEGIN { for (i = 0; i < 20000000; i++) s += i }'; } 2>&1 | awk '{ t = int(($1 + $2) * 100); print (t > 75 ? t : 75) }'; }

crate=$(mktemp -d)
trap 'rm -rf "$crate"' EXIT
readme=$root/engine/README.md
export CARGO_TARGET_DIR=$crate/target
# The first block of code in language $1.
block() { awk -v begin="^\`\`\`$1" '$0 ~ begin {on = 1; next} /^```/ && on {exit} on' "$readme"; }

say "building a program with the engine alone"
cargo package --quiet --offline --no-verify --allow-dirty --no-metadata --exclude-lockfile --package execdeck-wire --package execdeck-engine
for package in "$CARGO_TARGET_DIR"/package/*.crate; do tar -xzf "$package" -C "$crate"; done

mkdir "$crate/src"
block rust >"$crate/src/main.rs"
{
  printf '[package]\nname = "engine-alone"\nedition = "2024"\n\n'
  block toml
  printf '\n[patch.crates-io]\n'
  # What is not published is taken from its package.
  for name in wire engine; do
    printf 'execdeck-%s = { path = "%s" }\n' $name "$(cd "$crate"; echo execdeck-$name-*)"
  done
} >"$crate/Cargo.toml"
# The same versions as everywhere else, which are on this machine already.
cp Cargo.lock "$crate"
cd "$crate"
cargo fetch --quiet || die "what the example of engine/README.md depends on cannot be downloaded"

tree=$(cargo tree --offline --locked --edges normal,build --prefix none)
for name in leptos axum hyper; do
  ! grep "^$name" <<<"$tree" || die "the engine depends on $name"
done

# User and system time of the build and of all that it starts.
before=$(count)
{ time quietly cargo build --offline --locked; } 2>messages || die "the example of engine/README.md does not compile" "$(cat messages)"
seconds=$(tail -n 1 messages | awk '{print int($1 + $2)}')
after=$(count)
limit=$((limit * (before > after ? before : after) / 75))
say "compiled in $seconds s of CPU time; at most $limit on this machine"
[ $seconds -lt $limit ] || die "a program with the engine alone takes $seconds s of CPU time to compile" \
  "see: cargo build --timings, in a crate that depends on the engine only"

printed=$(target/debug/engine-alone)
[ "$printed" = $'hello\nworld\nexited: Some(Code(0))' ] || die "the example of engine/README.md printed something else" "$printed"
