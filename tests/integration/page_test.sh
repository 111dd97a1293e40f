# The page against a real console that watches this machine: every page in a browser, light and dark, by keyboard,
# an advisory imported while it is open.
. "$(dirname "$0")/lib.sh"
url=https://127.0.0.1:8743
"$WEIR" up --offline --data-dir "$scratch/up" --listen 127.0.0.1:8743 --no-images --no-containers \
  --exclude 'work/**' --exclude 'root/**' --exclude 'home/**' --exclude 'opt/**' --exclude 'var/cache/**' --exclude 'tmp/**' >"$scratch/up.log" 2>&1 &
up=$!
trap 'kill $up 2>/dev/null; wait $up 2>/dev/null || true' EXIT
wait_for 20 grep -q 'one-time password: ' "$scratch/up.log"
python3 "$here/console_client.py" "$url" "$scratch/up/tls/ca.pem" "$scratch/state" setup "$(sed -n 's/.*one-time password: //p' "$scratch/up.log")"
wait_for 180 grep -q '^This machine: ' "$scratch/up.log"
grep '^This machine: ' "$scratch/up.log"
WEIR_WEB_URL=$url WEIR_WEB_PASSWORD='correct horse battery 9' WEIR_WEB_WRITES=1 "$WEIR_SOURCE/scripts/test-web" e2e ||
  fail "the page's tests failed against the real console"
