# The page against a real console that watches this machine: every page in a browser, light and dark, by keyboard,
# an advisory imported while it is open; a key and a test virus that lie on the machine are found and masked.
. "$(dirname "$0")/lib.sh"
url=https://127.0.0.1:8743
planted=$(mktemp -d /srv/weir-page-test.XXXXXX)
trap 'rm -rf "$planted"' EXIT
chmod 755 "$planted"
openssl genpkey -algorithm ed25519 -out "$planted/deploy.key"
chmod 644 "$planted/deploy.key"
# A package of npm, early in the alphabet: a test imports an advisory of the first that it finds.
mkdir -p "$planted/node_modules/abbrev"
echo '{"name":"abbrev","version":"1.1.1"}' >"$planted/node_modules/abbrev/package.json"
# In two parts, so that this file is no test virus itself.
printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$' 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' >"$planted/update.com"
"$WEIR" up --offline --data-dir "$scratch/up" --listen 127.0.0.1:8743 --no-images --no-containers \
  --exclude 'work/**' --exclude 'root/**' --exclude 'home/**' --exclude 'opt/**' --exclude 'var/cache/**' --exclude 'tmp/**' \
  --exclude 'usr/lib/**' --exclude 'usr/local/**' --exclude 'usr/share/**' >"$scratch/up.log" 2>&1 &
up=$!
trap 'kill $up 2>/dev/null; wait $up 2>/dev/null || true; rm -rf "$planted"' EXIT
wait_for 20 grep -q 'one-time password: ' "$scratch/up.log"
python3 "$here/console_client.py" "$url" "$scratch/up/tls/ca.pem" "$scratch/state" setup "$(sed -n 's/.*one-time password: //p' "$scratch/up.log")"
wait_for 900 grep -q '^This machine: ' "$scratch/up.log"
grep '^This machine: ' "$scratch/up.log"
# Much to find, whatever this machine has: sixty weaknesses of what every Debian has.
python3 - >"$scratch/advisories.json" <<'P'
import json
names = ["zlib", "openssl", "bash", "coreutils", "perl", "glibc"]
print(json.dumps([{
    "id": f"TEST-2026-{n}", "modified": "2026-11-26T00:00:00Z", "summary": f"weakness {n} of {names[n % 6]}",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [{"package": {"ecosystem": "Debian:12", "name": names[n % 6]},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999:9"}]}]}]}
    for n in range(60)]))
P
python3 "$here/console_client.py" "$url" "$scratch/up/tls/ca.pem" "$scratch/state" POST /api/v1/advisories "$(cat "$scratch/advisories.json")"
for kind in secret malware; do
  wait_for 120 sh -c "python3 '$here/console_client.py' '$url' '$scratch/up/tls/ca.pem' '$scratch/state' \
    all '/api/v1/content-findings?kind=$kind&q=weir-page-test' | grep -q ."
done
WEIR_WEB_PLANTED=$planted WEIR_WEB_URL=$url WEIR_WEB_PASSWORD='correct horse battery 9' WEIR_WEB_WRITES=1 "$WEIR_SOURCE/scripts/test-web" e2e ||
  fail "the page's tests failed against the real console"
