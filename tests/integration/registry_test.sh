# An image in a registry: over TLS with an own CA and basic auth, over plain http, with wrong credentials.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
  -keyout key.pem -out ca.pem 2>/dev/null
htpasswd -Bbn robot s3cret >htpasswd
start_registry() { # name port yaml-tail
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/store}}\nhttp:\n  addr: 127.0.0.1:%s\n%b' "$scratch" "$2" "$3" >"$1.yml"
  docker-registry serve "$1.yml" >"$1.log" 2>&1 &
  echo $! >>pids
}
trap 'kill $(cat "$scratch/pids") 2>/dev/null || true' EXIT
start_registry open 5117 ''
start_registry closed 5118 "  tls: {certificate: $scratch/ca.pem, key: $scratch/key.pem}\nauth:\n  htpasswd: {realm: test, path: $scratch/htpasswd}\n"
wait_for 10 curl -sf http://127.0.0.1:5117/v2/
wait_for 10 curl -s --cacert ca.pem https://localhost:5118/v2/

mkdir -p base/lib/apk/db base/etc top/app/node_modules/lodash
printf 'P:busybox\nV:1.36.1-r2\nA:x86_64\no:busybox\nL:GPL-2.0-only\n\n' >base/lib/apk/db/installed
printf 'ID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n' >base/etc/os-release
echo '{"name":"lodash","version":"4.17.20","license":"MIT"}' >top/app/node_modules/lodash/package.json
umoci init --layout img
umoci new --image img:1
umoci insert --image img:1 base /
umoci insert --image img:1 top/app /app
skopeo copy -q --dest-tls-verify=false oci:img:1 docker://127.0.0.1:5117/team/app:1
skopeo copy -q --dest-cert-dir "$scratch" --dest-tls-verify=false --dest-creds robot:s3cret oci:img:1 docker://localhost:5118/team/app:1

check() {
  jq -e '[.packages[].name] == ["busybox","lodash"]' "$1" >/dev/null || fail "$1: $(jq -c '[.packages[].name]' "$1")"
  jq -e '[.packages[].locations[0].layer] | (length == 2 and .[0] != .[1])' "$1" >/dev/null || fail "$1: layers are not told apart"
}
"$WEIR" sbom registry:127.0.0.1:5117/team/app:1 --plain-http -o json=open.json && check open.json
WEIR_REGISTRY_PASSWORD=s3cret "$WEIR" sbom registry:localhost:5118/team/app:1 --ca-file ca.pem --username robot -o json=closed.json && check closed.json
if WEIR_REGISTRY_PASSWORD=wrong "$WEIR" sbom registry:localhost:5118/team/app:1 --ca-file ca.pem --username robot 2>err; then fail "wrong password accepted"; fi
grep -qi -E 'unauthori|credential|password|401' err || fail "unclear: $(cat err)"
if "$WEIR" sbom registry:localhost:5118/team/app:1 2>err; then fail "an unknown CA was accepted"; fi
grep -qi cert err || fail "unclear: $(cat err)"
