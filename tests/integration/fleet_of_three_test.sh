# Three sensors in network namespaces of their own report to one console in another: each host is seen with its
# own processes, connections between them lead from process to process, and an advisory that is imported while
# they run shows the assets it affects within a second.
. "$(dirname "$0")/lib.sh"

data=$scratch/console
url=https://10.213.0.1:8443
names=(alpha beta gamma)
client() { ip netns exec weir-console python3 "$here/console_client.py" "$url" "$data/tls/ca.pem" "$scratch/state" "$@"; }

cleanup() {
  local name
  kill $(jobs -p) 2>/dev/null || true
  for name in console "${names[@]}"; do
    ip netns pids "weir-$name" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "weir-$name" 2>/dev/null || true
  done
}
cleanup
trap cleanup EXIT

# A bridge in the console's namespace; nothing of this touches the machine's own network.
ip netns add weir-console
ip -n weir-console link set lo up
ip -n weir-console link add br0 type bridge
ip -n weir-console addr add 10.213.0.1/24 dev br0
ip -n weir-console link set br0 up
number=10
for name in "${names[@]}"; do
  ip netns add "weir-$name"
  ip -n weir-console link add "v$name" type veth peer name eth0 netns "weir-$name"
  ip -n weir-console link set "v$name" master br0 up
  ip -n "weir-$name" link set lo up
  ip -n "weir-$name" addr add "10.213.0.$number/24" dev eth0
  ip -n "weir-$name" link set eth0 up
  number=$((number + 1))
done

started=$(date +%s%N)
ip netns exec weir-console "$WEIR" console --offline --data-dir "$data" --listen 10.213.0.1:8443 >"$scratch/console.log" 2>&1 &
wait_for 20 grep -q 'one-time password: ' "$scratch/console.log"
echo "console ready after $((($(date +%s%N) - started) / 1000000)) ms"
client setup "$(sed -n 's/.*one-time password: //p' "$scratch/console.log")"
token=$(client token 3)

# Each host: pids, mounts and a host name of its own, a package that no other has, a server that listens, and a
# client of the next host's server.
for name in "${names[@]}"; do mkdir -p "$scratch/$name"; done
for i in 0 1 2; do
  name=${names[i]}
  peer=$((10 + (i + 1) % 3))
  mkdir -p "$scratch/$name/data"
  cat >"$scratch/$name/start" <<H
set -e
hostname $name
for other in ${names[*]}; do [ \$other = $name ] || mount -t tmpfs tmpfs $scratch/\$other; done
mkdir -p $scratch/$name/app/node_modules/left-$name
printf '{"name":"left-$name","version":"1.0.$i"}' >$scratch/$name/app/node_modules/left-$name/package.json
python3 -m http.server 8000 --directory $scratch/$name/app >/dev/null 2>&1 &
python3 - $peer <<'P' &
import socket, sys, time
while True:
    try:
        s = socket.create_connection(("10.213.0." + sys.argv[1], 8000), 5)
        time.sleep(3600)
    except OSError:
        time.sleep(0.2)
P
exec "$WEIR" sensor --console $url --token $token --data-dir $scratch/$name/data --no-images --scanners vulnerabilities \
  --exclude 'work/**' --exclude 'root/**' --exclude 'home/**' --exclude 'opt/**' --exclude 'usr/local/**' --exclude 'var/cache/**'
H
  ip netns exec "weir-$name" unshare --uts --pid --mount --fork --mount-proc bash "$scratch/$name/start" >"$scratch/$name.log" 2>&1 &
done
hosts() { client all '/api/v1/assets?kind=host' | jq -r 'select(.packages > 0) | .name' | sort | paste -sd' '; }
all_there() { [ "$(hosts)" = "alpha beta gamma" ]; }
wait_for 180 all_there
echo "hosts: $(hosts)"

host_id() { client all '/api/v1/assets?kind=host' | jq -r --arg name "$1" 'select(.name == $name) | .id'; }
for name in "${names[@]}"; do
  client GET "/api/v1/assets/$(host_id "$name")/processes?limit=500" >"$scratch/processes.json"
  jq -e '[.items[] | select(.command_line // (.arguments | join(" ")) | contains("http.server"))] | length == 1' "$scratch/processes.json" >/dev/null ||
    fail "$name: its server is not there exactly once: $(head -c 600 "$scratch/processes.json")"
done

# alpha's client is connected to beta's server: an edge from process to process across hosts.
edge() {
  client GET "/api/v1/assets/$(host_id alpha)/connections?limit=500" |
    jq -e '[.items[] | select(.remote_address == "10.213.0.11" and .remote_port == 8000 and (.inbound | not))] | length > 0'
}
wait_for 60 edge

# The advisory arrives while a page is open.
timeout 40 ip netns exec weir-console python3 "$here/console_client.py" "$url" "$data/tls/ca.pem" "$scratch/state" events 30 >"$scratch/events" 2>"$scratch/events.err" &
sleep 1
cat >"$scratch/advisory.json" <<'J'
{"id": "TEST-2026-1", "schema_version": "1.6.0", "modified": "2026-11-26T00:00:00Z", "published": "2026-11-26T00:00:00Z",
 "summary": "left-beta runs what it is given", "aliases": ["CVE-2026-99999"],
 "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
 "affected": [{"package": {"ecosystem": "npm", "name": "left-beta"},
               "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]}]}
J
before=$(date +%s%N)
client POST /api/v1/advisories "$(cat "$scratch/advisory.json")" >"$scratch/import.json" || fail "import: $(cat "$scratch/import.json")"
arrived() { grep -E '^[0-9.]+ finding .*(TEST-2026-1|CVE-2026-99999)' "$scratch/events"; }
wait_for 10 arrived
seen=$(arrived | head -n 1 | cut -d' ' -f1)
took=$(awk -v a="$seen" -v b="$before" 'BEGIN { printf "%.0f", a * 1000 - b / 1000000 }')
echo "from the import to the event on an open page: $took ms ($(jq -c '{assets, new_findings, elapsed_ms}' "$scratch/import.json"))"
client all '/api/v1/findings?q=left-beta' >"$scratch/found"
[ "$(jq -r .asset_name "$scratch/found" | sort -u)" = beta ] || fail "beta alone is affected, the page says: $(cat "$scratch/found")"
[ "$took" -lt 1000 ] || fail "that is more than a second"

# A mask survives a rescan.
finding=$(jq -r '.id' "$scratch/found" | head -n 1)
client POST /api/v1/masks "{\"scope\":\"finding\",\"finding\":\"$finding\",\"reason\":\"test of masks\"}" >/dev/null
open() { client all '/api/v1/findings?q=left-beta' | jq -r .id; }
! open | grep -qx "$finding" || fail "the masked finding is still open"
asset=${finding%%-*}
client POST /api/v1/scans "{\"asset_ids\":[\"$asset\"]}" >/dev/null
scans() { client GET "/api/v1/assets/$asset/scans?limit=100" | jq -r '[.items[] | select(.state == "done")] | length'; }
again() { [ "$(scans)" -ge 2 ]; }
wait_for 120 again
! open | grep -qx "$finding" || fail "the mask did not survive the rescan"
echo "mask survived a rescan"
