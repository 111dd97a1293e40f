# Shared by the integration tests: strictness, checks, larger inputs. Sourced.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$WEIR_SCRATCH
export WEIR_DATA_DIR=$scratch/data
mkdir -p "$WEIR_DATA_DIR"

fail() { echo "FAILED: $*" >&2; exit 1; }

# same NAME EXPECTED-FILE ACTUAL-FILE: both sorted lists must be equal.
same() {
  if ! diff -u "$2" "$3" >"$scratch/diff"; then
    head -n 40 "$scratch/diff" >&2
    fail "$1: $(grep -c '^-[^-]' "$scratch/diff") missing, $(grep -c '^+[^+]' "$scratch/diff") too many"
  fi
  [ -s "$2" ] || fail "$1: the truth is empty, so this proves nothing"
  echo "$1: $(wc -l <"$2") of $(wc -l <"$2")"
}

# packages TYPE JSON: "name version" of the packages of a type, sorted.
packages() { jq -r --arg type "$1" '.packages[] | select(.type == $type) | "\(.name) \(.version)"' "$2" | LC_ALL=C sort -u; }

# cached NAME COMMAND...: makes $WEIR_TEST_CACHE/NAME with COMMAND once; COMMAND gets the folder to fill as last argument.
cached() {
  local name=$1
  shift
  if [ ! -e "$WEIR_TEST_CACHE/$name" ]; then
    rm -rf --one-file-system "$WEIR_TEST_CACHE/$name.part"
    mkdir -p "$WEIR_TEST_CACHE/$name.part"
    "$@" "$WEIR_TEST_CACHE/$name.part" >&2
    mv "$WEIR_TEST_CACHE/$name.part" "$WEIR_TEST_CACHE/$name"
  fi
  echo "$WEIR_TEST_CACHE/$name"
}

# A Debian root as an administrator would have it: main suite only, no security updates.
make_debian_main() {
  debootstrap --variant=minbase \
    --include=openssl,python3-minimal,perl,curl,ca-certificates,libxml2,openssh-client,nginx-light,git,vim-tiny,xz-utils,wget,gnupg,sudo,rsync,procps,libssh2-1,cron,logrotate \
    bookworm "$1" # from the default mirror
}
debian_main() { cached debian-main make_debian_main; }

make_debian_upgraded() {
  local main
  main=$(debian_main)
  cp -a "$main/." "$1/"
  local mirror
  mirror=$(awk '$1 == "deb" { print $2; exit }' "$main/etc/apt/sources.list")
  printf "deb $mirror%s main\n" ' bookworm' ' bookworm-updates' '-security bookworm-security' >"$1/etc/apt/sources.list"
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  cp /etc/hosts "$1/etc/hosts"
  chroot "$1" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y dist-upgrade'
}
debian_upgraded() { cached debian-upgraded make_debian_upgraded; }

# wait_for SECONDS COMMAND...: until COMMAND succeeds.
wait_for() {
  local left=$((10 * $1))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "gave up waiting for: $*"
    sleep 0.1
  done
}
