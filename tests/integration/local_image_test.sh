# Images in the stores of podman (overlay, vfs), docker and containerd: listed by name and id, and scanned without
# being run, with the same result as the archive that the runtime saves.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
. "$here/podman_settings.sh"

mkdir -p one/base/{bin,etc,lib/apk/db,app/node_modules/{old,gone,hidden/node_modules/inner}} one/top/{old,added} one/opaque
cp /bin/busybox one/base/bin/busybox
for applet in sh rm mv mkdir; do ln -s busybox one/base/bin/$applet; done
printf 'P:busybox\nV:1.36.1-r2\nA:x86_64\no:busybox\nF:bin\nR:busybox\n\n' >one/base/lib/apk/db/installed
printf 'ID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n' >one/base/etc/os-release
module() { echo "{\"name\":\"$2\",\"version\":\"$3\"}" >"one/$1/package.json"; }
module base/app/node_modules/old old 1.0.0
module base/app/node_modules/gone gone 1.0.0
module base/app/node_modules/hidden hidden 1.0.0
module base/app/node_modules/hidden/node_modules/inner inner 1.0.0
module top/old old 2.0.0
module top/added added 1.0.0
module opaque hidden 2.0.0
cat >one/Dockerfile <<'D'
FROM scratch
COPY base /
COPY top /app/node_modules/
RUN ["/bin/busybox", "rm", "-r", "/app/node_modules/gone"]
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox rm -r /app/node_modules/hidden; /bin/busybox mkdir /app/node_modules/hidden"]
COPY opaque /app/node_modules/hidden/
LABEL team=shop
D

# facts JSON: everything but the name that the image was asked for by, times and amounts of work.
facts() { jq -S 'del(.started_at, .stats, .asset.name, .asset.image)' "$1"; }
# check IMAGE ARCHIVE: both scans must tell the same.
check() {
  "$WEIR" sbom "$1" -o json=local.json || fail "$1 could not be scanned"
  "$WEIR" sbom "$2" -o json=archive.json
  facts local.json >local.facts
  facts archive.json >archive.facts
  diff -u archive.facts local.facts >&2 || fail "$1: not the same as its archive"
  jq -e '[.packages[] | select(.type == "npm" or .type == "apk") | "\(.name) \(.version)"] | sort ==
    ["added 1.0.0", "busybox 1.36.1-r2", "hidden 2.0.0", "old 2.0.0"]' \
    local.json >/dev/null || fail "$1: $(jq -c '[.packages[] | "\(.name) \(.version)"]' local.json)"
  jq -e '.asset.kind == "image" and (.asset.layers | length) >= 4' local.json >/dev/null || fail "$1: $(jq -c .asset local.json)"
  echo "$1: $(jq '.packages | length' local.json) packages in $(jq '.asset.layers | length' local.json) layers"
}

name=localhost/weir-image-$$:1
storage=$(podman info --format '{{.Store.GraphRoot}}')
stops=()
cleanup() {
  podman rmi -f "$name" >/dev/null 2>&1 || true
  for driver in overlay vfs; do
    skopeo delete "containers-storage:[$driver@$storage+/run/containers/storage]$name" >/dev/null 2>&1 || true
  done
  for ((i = ${#stops[@]} - 1; i >= 0; i--)); do
    kill "${stops[$i]}" 2>/dev/null || true
    wait "${stops[$i]}" 2>/dev/null || true
  done
}
trap cleanup EXIT

if podman build -q --network host -t "$name" one >build.log 2>&1; then
  podman save -q --format docker-archive -o built.tar "$name"
  check "podman-image:$name" docker-archive:built.tar
  id=$(podman images -q --no-trunc "$name")
  check "podman-image:$id" docker-archive:built.tar
  check "podman-image:${id:7:12}" docker-archive:built.tar
  podman rmi -f "$name" >/dev/null
else
  fail "podman cannot build here: $(tail -n 3 build.log)"
fi
# The same in both kinds of storage, each beside the other.
for driver in overlay vfs; do
  stored="containers-storage:[$driver@$storage+/run/containers/storage]$name"
  skopeo copy -q docker-archive:built.tar "$stored"
  [ -s "$storage/$driver-images/images.json" ] || fail "no image in the $driver storage"
  check "podman-image:$name" docker-archive:built.tar
  skopeo delete "$stored"
done
if "$WEIR" sbom podman-image:no-such-image 2>err; then fail "an image that is not there was scanned"; fi
grep -q no-such-image err || fail "unclear: $(cat err)"

# Daemons of our own, with state of their own, for as long as the test runs. Their usual places must be free.
if [ -e /var/run/docker.sock ] || [ -e /var/lib/containerd/io.containerd.metadata.v1.bolt ]; then
  echo "SKIPPED: docker or containerd is in use on this machine; its images are left alone"
elif ! command -v dockerd >/dev/null || ! command -v containerd >/dev/null; then
  echo "SKIPPED: docker.io is not installed"
else
  containerd --root /var/lib/containerd --state "$scratch/c-state" --address "$scratch/c.sock" >containerd.log 2>&1 &
  stops+=($!)
  trap 'cleanup; rm -rf --one-file-system /var/lib/containerd /var/run/docker.sock' EXIT
  wait_for 20 ctr -a "$scratch/c.sock" version
  dockerd --storage-driver=vfs --iptables=false --bridge=none --data-root "$scratch/d-data" --exec-root "$scratch/d-exec" \
    --pidfile "$scratch/d.pid" --containerd "$scratch/c.sock" -H unix:///var/run/docker.sock >dockerd.log 2>&1 &
  stops+=($!)
  wait_for 30 docker version
  # RUN needs what this machine may not allow; the image that podman built will do.
  docker load -q -i built.tar >/dev/null
  docker save "$name" -o docker.tar
  check "docker-image:$name" docker-archive:docker.tar
  check "docker-image:$(docker images -q "$name")" docker-archive:docker.tar
  docker rmi -f "$name" >/dev/null
  if "$WEIR" sbom "docker-image:$name" 2>err; then fail "a removed image was scanned"; fi

  skopeo copy -q docker-archive:docker.tar "oci-archive:oci.tar:$name"
  ctr -a "$scratch/c.sock" -n k8s.io images import oci.tar >/dev/null
  check "containerd-image:$name" oci-archive:oci.tar
  # As on a node that lets go of blobs it has unpacked.
  jq -r '.asset.layers[].digest | ltrimstr("sha256:")' local.json | while read -r blob; do
    rm "/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/$blob"
  done
  "$WEIR" sbom "containerd-image:$name" -o json=local.json
  facts local.json >local.facts
  diff -u archive.facts local.facts >&2 || fail "containerd's unpacked layers are not the same as the archive"
fi
