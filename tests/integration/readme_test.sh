# Runs every "weir ..." line of the README and of docs/*.md as a newcomer would, in a folder that has what they name.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
mkdir bin && ln -s "$WEIR" bin/weir
export PATH=$scratch/bin:$PATH

# The project, image, registry and container that the README speaks of.
printf '{"name":"shop","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"shop","version":"1.0.0"},"node_modules/lodash":{"version":"4.17.20"}}}' >package-lock.json
printf 'django==3.2.10\n' >requirements.txt
cat >pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>shop</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.14.1</version></dependency></dependencies></project>
P
mkdir -p layer/app && cp package-lock.json layer/app/
umoci init --layout image.oci && umoci new --image image.oci:latest && umoci insert --image image.oci:latest layer / >/dev/null
skopeo copy -q oci:image.oci:latest docker-archive:image.tar
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/store}}\nhttp: {addr: "127.0.0.1:5117"}\n' "$scratch" >registry.yml
docker-registry serve registry.yml >registry.log 2>&1 &
registry=$!
trap 'kill $registry 2>/dev/null || true; podman rm -f -t 0 web >/dev/null 2>&1 || true' EXIT
wait_for 10 curl -sf http://127.0.0.1:5117/v2/
skopeo copy -q --dest-tls-verify=false oci:image.oci:latest docker://127.0.0.1:5117/team/app:1
. "$here/podman_settings.sh"
mkdir -p root/bin && cp /bin/busybox root/bin/busybox && tar -C root -cf root.tar .
podman import -q root.tar localhost/weir-test:1
podman run -d --name web localhost/weir-test:1 /bin/busybox sleep 600 >/dev/null

# Commands in ```sh blocks that begin with "weir"; a comment after them is not part of them.
grep -h -A 20 '^```sh' "$WEIR_SOURCE"/README.md "$WEIR_SOURCE"/docs/*.md | grep '^weir ' >commands
[ "$(wc -l <commands)" -ge 12 ] || fail "only $(wc -l <commands) commands were found"
# What runs until it is stopped gets SIGTERM after a while, and must end well. A sensor needs a console: this one.
"$WEIR" console --offline --listen 127.0.0.1:8742 --data-dir "$scratch/for-sensor" >console.log 2>&1 &
console=$!
trap 'kill $registry $console 2>/dev/null || true; podman rm -f -t 0 web >/dev/null 2>&1 || true' EXIT
wait_for 20 grep -q 'one-time password: ' console.log
client() { python3 "$here/console_client.py" https://127.0.0.1:8742 "$scratch/for-sensor/tls/ca.pem" "$scratch/for-sensor/state" "$@"; }
client setup "$(sed -n 's/.*one-time password: //p' console.log)"
client token 10 >token

git init -q repository && cp package-lock.json repository/
git -C repository -c user.name=dev -c user.email=dev@example.org add . && git -C repository -c user.name=dev -c user.email=dev@example.org commit -qm first
cat >my-rules.toml <<'T'
[[rules]]
id = "shop-key"
description = "Key of our shop"
regex = '''\b(shop_[a-z0-9]{16})\b'''
keywords = ["shop_"]
examples = ["key=shop_0123456789abcdef"]
T
printf 'rule shop { meta: severity = "high" strings: $a = "shop-implant-marker" condition: $a }\n' >my-rules.yar
echo '{"id":"1","text":"shop_0123456789abcdef"}' >cases.jsonl
# What lies on the machine that tests is not what the tests are about.
elsewhere="--exclude 'work/**' --exclude 'root/**' --exclude 'home/**' --exclude 'tmp/**' --exclude 'var/**' --exclude 'usr/lib/**' --exclude 'usr/local/**'"

while IFS= read -r line; do
  status=0
  case $line in
    'weir scan host' | 'weir secrets host'* | 'weir malware host') eval "timeout 300 $line $elsewhere" >out 2>err </dev/null || status=$? ;;
    'weir up'* | 'weir console'*)
      eval "timeout --preserve-status -s TERM 10 ${line/\/var\/lib\/weir/$scratch/a-console}" >out 2>err </dev/null || status=$?
      grep -q 'Weir is at https://' out || fail "$line: $(cat out err)"
      ;;
    'weir sensor'*)
      eval "timeout --preserve-status -s TERM 10 ${line/weir.example.org:8443/127.0.0.1:8742}" >out 2>err </dev/null || status=$?
      grep -q 'console connected' err || fail "$line: $(cat out err)"
      ;;
    *'<cases.jsonl') eval "timeout 300 $line" >out 2>err || status=$? ;;
    *) eval "timeout 300 $line" >out 2>err </dev/null || status=$? ;;
  esac
  case $line in
    *--fail-on*) [ $status = 2 ] || fail "exit $status, not 2: $line: $(cat err)" ;;
    *) [ $status = 0 ] || fail "exit $status: $line: $(cat err)" ;;
  esac
  echo "ok: $line"
done <commands
jq -e '.runs[0].results | length > 0' app.sarif >/dev/null || fail "the scan of the SBOM found nothing"
