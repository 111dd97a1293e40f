#!/usr/bin/env bash
# weir and its peers over the same trees, with the same rules where they can be shared:
# findings first, then wall and CPU time and peak memory. No secret is verified anywhere.
#
#   bench/secrets_peers/run.sh [WEIR] [FOLDER] [TREE...]
#
# WEIR: the program, build/release/weir by default. FOLDER: where peers, reports and results go,
# /tmp/weir-peers by default. TREE: /usr and FOLDER/tree (three large Go modules) by default.
# LIMIT: seconds after which a peer is stopped, 1200 by default.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
weir=$(realpath "${1:-$here/../../build/release/weir}")
mkdir -p "${2:-/tmp/weir-peers}"
folder=$(realpath "${2:-/tmp/weir-peers}")
shift $(($# < 2 ? $# : 2))
trees=("$@")
[ ${#trees[@]} -gt 0 ] || trees=(/usr "$folder/tree")
limit=${LIMIT:-1200}
"$here/fetch.sh" "$folder"
# The pack as one file that gitleaks takes, too.
cat "$here"/../../rules/secrets/*.toml > "$folder/pack.toml"
state=$folder/state
mkdir -p "$state"
measure() { python3 "$here/measure.py" "$1" --limit "$limit" -- "${@:2}" | tee -a "$results"; }
run_weir() { measure "$1" "$weir" secrets "$tree" --data-dir "$state" -o "json=$2" "${@:3}"; }

for tree in "${trees[@]}"; do
  name=$(basename "$tree")
  results=$folder/$name.results.jsonl
  : > "$results"
  echo "== $tree"
  find "$tree" -xdev -type f -print0 | xargs -0 cat 2>/dev/null | wc -c  # into the page cache
  bin=$folder/bin
  # Once without measuring: the rules are compiled into the cache.
  for rules in "$folder/gitleaks.toml" "$folder/pack.toml"; do
    "$weir" secrets "$here" --data-dir "$state" --rules "$rules" -o json=/dev/null >/dev/null 2>&1 || true
  done
  run_weir weir-gitleaks-rules "$folder/$name.weir-gl.json" --rules "$folder/gitleaks.toml"
  run_weir weir-pack "$folder/$name.weir.json"
  [ -x "$bin/betterleaks" ] && measure betterleaks "$bin/betterleaks" fs --no-banner -s -o "$folder/$name.bl.json" "$tree"
  [ -x "$bin/kingfisher" ] && measure kingfisher "$bin/kingfisher" scan --no-validate --git-history none \
    --no-update-check --format json --output "$folder/$name.kf.json" "$tree"
  [ -x "$bin/trufflehog" ] && measure trufflehog "$bin/trufflehog" filesystem --no-verification --no-update --json "$tree"
  [ -x "$bin/titus" ] && measure titus "$bin/titus" scan --no-validate "$tree"
  [ -x "$bin/gitleaks" ] && measure gitleaks "$bin/gitleaks" dir --no-banner -c "$folder/gitleaks.toml" \
    -f json -r "$folder/$name.gl.json" "$tree"
  [ -s "$folder/$name.gl.json" ] && python3 "$here/findings.py" "$folder/$name.gl.json" "$folder/$name.weir-gl.json" "$tree"
  python3 "$here/ratios.py" "$results"
done
