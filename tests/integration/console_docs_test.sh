# Runs the commands of docs/console.md as they stand there (but for the port) against a console of its own.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
"$WEIR" console --offline --data-dir "$scratch/console" --listen 127.0.0.1:8741 >console.log 2>&1 &
console_pid=$!
trap 'kill $console_pid 2>/dev/null || true' EXIT
wait_for 20 grep -q 'one-time password: ' console.log
cp console/tls/ca.pem ca.pem
python3 "$here/console_client.py" https://localhost:8741 ca.pem state setup \
  "$(sed -n 's/.*one-time password: //p' console.log)"
WEIR_TOKEN=$(cat state)
export WEIR_TOKEN
printf '{"id":"DOC-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"left-pad"},"versions":["1.0.0"]}]}' >advisory.json

# shellcheck disable=SC2016 # the backquotes are Markdown
sed -n '/^```sh/,/^```/p' "$WEIR_SOURCE/docs/console.md" | grep -v '^```\|^weir ' | sed 's/localhost:8443/localhost:8741/' >commands
# --fail-with-body: an answer that is not 2xx is a failure. The stream is ended by time, which is status 28.
sed -i 's/curl -sS /curl -sS --fail-with-body /; s/^\(api -N.*events"\)/{ \1 || [ $? = 28 ]; }/' commands
[ "$(grep -c '^api -\|^api "' commands)" -ge 6 ] || fail "the commands of docs/console.md were not found"
bash -euo pipefail -x commands >out 2>trace || fail "$(tail -n 5 trace; tail -n 5 out)"
grep -q '"fix_first"' out || fail "no overview"
grep -q '"imported":1' out || fail "the advisory was not imported"
head -n 1 findings.csv | grep -q '^id,asset_id,\|^$' || [ ! -s findings.csv ] || fail "findings.csv has no columns"
grep -q '^id: \|^event: ' out || fail "no event came"
echo "ok: $(grep -c '^{ api\|^api -\|^api "' commands) commands"
