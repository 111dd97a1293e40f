# Shared by the scripts beside it: what they need from the system, installed
# without a question. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DEBIAN_FRONTEND=noninteractive

# To build. One list, so that CI, users and packagers install the same.
build_packages=(
  build-essential cmake ninja-build pkg-config ccache mold git ca-certificates
  libexpected-dev libfmt-dev libspdlog-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev
  libsimdjson-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libarchive-dev libzstd-dev
  zlib1g-dev liblzma-dev libdeflate-dev libpugixml-dev libxxhash-dev libgtest-dev
  libboost1.81-dev libargon2-dev
  libre2-dev libpcre2-dev libtomlplusplus-dev libyara-dev libseccomp-dev libgit2-dev
)
# One interface, two makers: the first is faster, the second is there for every processor.
if [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ]; then
  build_packages+=(libhyperscan-dev)
else
  build_packages+=(libvectorscan-dev)
fi
# To check the code and to run the tests against real components.
check_packages=(clang-format-19 clang-tidy-19 clang-19 libclang-rt-19-dev llvm-19)
test_packages=(
  python3 python3-venv curl jq xz-utils zstd unzip zip file
  skopeo umoci docker-registry podman crun runc conmon netavark busybox-static
  debootstrap rpm apache2-utils openssl iproute2 procps docker.io containerd
)

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    say "this needs root (or sudo) to install packages: $*"
    return 1
  fi
}

# need_packages NAME...: installs those of the Debian packages that are not there.
need_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | cut -c1-2)" = ii ] || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return 0
  say "installing from Debian: ${missing[*]}"
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=400 -o Acquire::Retries=3)
  as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" update >&2
  as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends "${missing[@]}" >&2
}

# have_node: Node 18 or newer with npm, of Debian or any other source.
have_node() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'
}
# need_node: for the page.
need_node() { have_node || need_packages nodejs npm; }

# build_preset PRESET [target...]: configures once, then builds; prints nothing when all is up to date.
build_preset() {
  local preset=$1
  shift
  (
    cd "$root"
    local log
    log=$(mktemp)
    if ! cmake --preset "$preset" >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      return 1
    fi
    rm -f "$log"
    cmake --build "build/$preset" -j "$(nproc)" ${1:+--target "$@"} >&2
  )
}
