# The command line itself: help, exit codes, completions, versions, air-gapped import.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
expect() { # STATUS COMMAND...
  local want=$1 got=0
  shift
  "$@" >out 2>err || got=$?
  [ "$got" = "$want" ] || fail "exit $got, not $want: $*: $(cat err)"
}
for command in "" scan sbom secrets malware "secrets rules" "malware rules" explain db "db update" "db import" "db export" "db status" "db compare" ps version completion; do
  expect 0 "$WEIR" $command --help
  sed -n 3p out | grep -q '^Examples:' || fail "$command --help does not begin with examples"
  [ ! -s err ] || fail "$command --help wrote to standard error"
done
expect 64 "$WEIR"
expect 64 "$WEIR" scan
expect 64 "$WEIR" scan . --no-such-flag
expect 64 "$WEIR" scan . -o nonsense
expect 64 "$WEIR" scan . -o json -o table
expect 64 "$WEIR" scan . --fail-on dreadful
expect 1 "$WEIR" scan dir:/no/such/folder
expect 1 "$WEIR" scan . --db /no/such/index
expect 0 "$WEIR" version
grep -q '^weir [0-9]' out || fail "version: $(cat out)"
"$WEIR" version -o json | jq -e '.version and .commit and .features.kernel.found' >/dev/null || fail "version as JSON"
for shell in bash zsh fish; do
  expect 0 "$WEIR" completion $shell
  grep -q 'db compare\|compare' out || fail "completion $shell does not know db compare"
done
"$WEIR" completion bash >weir.bash && bash -n weir.bash

# Two versions, and lines from standard input; an answer a line, whatever the line.
[ "$("$WEIR" db compare --scheme deb 1.0~rc1-1 1.0-1)" = "<" ] || fail "compare"
printf '1.0 1.0.0\n2 1\nnonsense\n1a1 1.0\n' | "$WEIR" db compare --scheme pep440 >out 2>err && fail "a line that cannot be read must show in the exit code"
[ "$(tr '\n' ' ' <out)" = "= > ? < " ] || fail "compare: $(cat out)"
expect 64 "$WEIR" db compare --scheme deb 1
expect 64 "$WEIR" db compare --scheme roman I II

# A mirror in a folder, then a bundle carried to another machine; nothing of a failed source is lost.
mkdir -p feeds/osv/npm
python3 - <<'P'
import json, zipfile
with zipfile.ZipFile("feeds/osv/npm/all.zip", "w") as z:
    z.writestr("GHSA-test.json", json.dumps({"id": "GHSA-test-test-test", "modified": "2026-01-01T00:00:00Z", "summary": "made for this test",
        "affected": [{"package": {"ecosystem": "npm", "name": "left-pad"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.3.1"}]}]}]}))
P
mkdir -p app/node_modules/left-pad && echo '{"name":"left-pad","version":"1.3.0"}' >app/node_modules/left-pad/package.json
expect 0 "$WEIR" db update --only osv --ecosystems npm --osv-url "$scratch/feeds/osv" --data-dir one
expect 0 "$WEIR" scan app --data-dir one -o json=one.json
jq -e '.findings | length == 1 and .[0].id == "GHSA-test-test-test"' one.json >/dev/null || fail "$(jq -c .findings one.json)"
expect 0 "$WEIR" db export bundle.tar --data-dir one
expect 0 "$WEIR" db import bundle.tar --data-dir two
expect 0 "$WEIR" scan app --data-dir two -o json=two.json
jq -e '.findings | length == 1' two.json >/dev/null || fail "the bundle lost something"
echo broken >feeds/osv/npm/all.zip
"$WEIR" db update --only osv --ecosystems npm --osv-url "$scratch/feeds/osv" --data-dir one >out 2>err || true
grep -q failed out || fail "a broken feed was not reported: $(cat out err)"
expect 0 "$WEIR" scan app --data-dir one -o json=one.json
jq -e '.findings | length == 1' one.json >/dev/null || fail "a broken feed took the last good one with it"

# Thresholds; only findings that are open count.
expect 0 "$WEIR" scan app --data-dir one --fail-on critical
expect 0 "$WEIR" scan app --data-dir one --fail-on low --ignore "GHSA-test-test-test reason=test"
grep -q '1 closed' out || fail "a closed finding was dropped: $(cat out)"
