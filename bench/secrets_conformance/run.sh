#!/usr/bin/env bash
# Compares weir with gitleaks, rule by rule, on gitleaks' own examples of its rules.
#
#   bench/secrets_conformance/run.sh [WEIR] [FOLDER]
#
# WEIR: the program, build/release/weir by default. FOLDER: where gitleaks (fetched by the
# Go client, never into this tree) and the results go, /tmp/weir-conformance by default.
# Exit status 1 where less than 99 % of the verdicts are the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
weir=$(realpath "${1:-$here/../../build/release/weir}")
folder=${2:-/tmp/weir-conformance}
version=${GITLEAKS_VERSION:-v8.30.1}
module=github.com/zricethezav/gitleaks/v8

mkdir -p "$folder/export"
cd "$folder/export"
if [ ! -f go.mod ]; then
  go mod init export >/dev/null 2>&1
  go get "$module@$version" >/dev/null 2>&1
  # A copy, since the recorder takes the place of one of its files.
  cp -r "$(go list -m -f '{{.Dir}}' "$module")" ../gitleaks
  chmod -R u+w ../gitleaks
  go mod edit -replace "$module=../gitleaks"
fi
cp "$here/recorder.go" ../gitleaks/cmd/generate/config/utils/validate.go
cp "$here/export.go" main.go
{
  printf 'package main\n\nimport "%s/cmd/generate/config/rules"\n\nfunc callAllRules() {\n' "$module"
  grep -oE '^\s*rules\.[A-Za-z0-9_]+\(\)' ../gitleaks/cmd/generate/config/main.go | sort -u | sed 's/^\s*/\t/'
  printf '}\n'
} > calls.go
go mod tidy >/dev/null 2>&1
go build -o export .
cp ../gitleaks/config/gitleaks.toml ..
cd ..
status=0
# As gitleaks' own tests have it: nothing is decoded. Then as both are by default: gitleaks decodes up to five
# times, weir once, but also what follows a prefix.
for depth in 0 5; do
  ./export/export -decode-depth $depth > cases$depth.jsonl
  flags=()
  [ $depth = 0 ] && flags=(--no-decode)
  "$weir" secrets --rules gitleaks.toml --stdin-cases "${flags[@]}" < cases$depth.jsonl > weir$depth.jsonl
  echo "== gitleaks decodes $depth times"
  python3 "$here/compare.py" cases$depth.jsonl weir$depth.jsonl || status=1
done
exit $status
