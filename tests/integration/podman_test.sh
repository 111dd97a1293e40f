# A running podman container: by name and by id, read in place; its processes join the ranking.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
. "$here/podman_settings.sh"
name=weir-test-$$
cleanup() { podman rm -f -t 0 "$name" >/dev/null 2>&1 || true; podman rmi -f localhost/weir-test:1 >/dev/null 2>&1 || true; }
trap cleanup EXIT
mkdir -p root/bin root/lib/apk/db root/etc root/app/node_modules/lodash
cp /bin/busybox root/bin/busybox
for applet in sh sleep httpd; do ln -s busybox root/bin/$applet; done
printf 'P:busybox\nV:1.36.1-r2\nA:x86_64\no:busybox\nF:bin\nR:busybox\n\n' >root/lib/apk/db/installed
printf 'ID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n' >root/etc/os-release
echo '{"name":"lodash","version":"4.17.20"}' >root/app/node_modules/lodash/package.json
tar -C root -cf root.tar .
podman import -q root.tar localhost/weir-test:1
podman run -d --name "$name" localhost/weir-test:1 /bin/busybox httpd -f -p 127.0.0.1:8977 >id
id=$(cat id)
# A file that only the container's own upper folder has.
podman exec "$name" /bin/busybox mkdir -p /app/node_modules/minimist
podman exec "$name" /bin/sh -c 'echo "{\"name\":\"minimist\",\"version\":\"1.2.0\"}" > /app/node_modules/minimist/package.json'
for target in "podman:$name" "$name" "podman:${id:0:12}" "container:$id"; do
  "$WEIR" scan "$target" -o json=out.json
  jq -e '([.packages[].name] | sort) as $names | ("busybox" | IN($names[])) and ("lodash" | IN($names[])) and ("minimist" | IN($names[]))' out.json >/dev/null ||
    fail "$target: $(jq -c '[.packages[].name]' out.json)"
  jq -e --arg id "$id" '.asset.kind == "container" and .asset.id == $id' out.json >/dev/null || fail "$target: $(jq -c .asset out.json)"
done
if "$WEIR" scan podman:no-such-container 2>err; then fail "a container that is not there was scanned"; fi
grep -q no-such-container err || fail "unclear: $(cat err)"
"$WEIR" ps -o json | jq -e --arg id "$id" 'any(.processes[]; .container == $id and any(.listening[]; .port == 8977))' >/dev/null ||
  fail "the container's process was not seen listening"
