#!/usr/bin/env bash
# Runs tests of the engine on a kernel of their own, which offers every controller of cgroups v2: scripts/vm.sh TESTS ROOT NOBODY,
# where TESTS is the executable with the tests, ROOT filters those that run as root and NOBODY those that run as an unprivileged
# user. The kernel is User-Mode Linux 6.1, an ordinary program that sees the files of this machine, and the oldest that is tested.
# Ends with 77, and a reason, where it cannot run.
. "$(dirname "$0")/env.sh"

tests=$1 root=$2 nobody=$3
skip() {
  echo "no virtual machine: $1"
  exit 77
}
command -v linux.uml >/dev/null || skip "User-Mode Linux is missing (scripts/setup.sh tests installs it)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/init" <<INIT
#!/usr/bin/env bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root RUST_BACKTRACE=1 EXECDECK_TEST_VM=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=1777 tmp /tmp
cd "$PWD"
echo "execdeck-vm: up"
"$tests" $root --test-threads=1 --color=never
echo "execdeck-vm: root ended with \$?"
setpriv --reuid 65534 --regid 65534 --clear-groups "$tests" $nobody --test-threads=1 --color=never
echo "execdeck-vm: nobody ended with \$?"
echo o >/proc/sysrq-trigger
sleep 60
INIT
chmod +x "$work/init"
# The memory of the machine is a file in TMPDIR, of which only what is used takes up space.
timeout 300 linux.uml mem=1500M quiet rootfstype=hostfs rootflags=/ ro "init=$work/init" con0=fd:0,fd:1 con=null \
  </dev/null >"$work/console" 2>&1 || true
cat "$work/console"
grep -q "execdeck-vm: up" "$work/console" || skip "User-Mode Linux does not start here"
grep -q "execdeck-vm: root ended with 0" "$work/console" && grep -q "execdeck-vm: nobody ended with 0" "$work/console"
