# Every report format against its own validator, and our SBOMs read back.
# CycloneDX 1.6 and SPDX 2.3: their projects' validators. SARIF 2.1.0: the official schema, which a Go
# module carries; without go its required properties are checked by hand. OpenVEX 0.2.0: by hand, as no
# package registry carries its schema.
. "$(dirname "$0")/lib.sh"
cd "$scratch"

make_validators() {
  python3 -m venv "$1"
  "$1/bin/python" -m pip install -q 'cyclonedx-python-lib[json-validation]==11.12.0' spdx-tools==0.8.5 jsonschema==4.26.0
}
# The folder is made under another name than it is used by: run its interpreter, not its scripts.
validators=$(cached report-validators make_validators)
check() { "$validators/bin/python" "$WEIR_SOURCE/tests/integration/report_check.py" "$@"; }

make_sarif_schema() {
  local module
  module=$(cd "$1" && go mod download -json github.com/owenrumney/go-sarif/v3@v3.3.1 | jq -r .Dir)
  python3 -c '
import json, sys
source = open(sys.argv[1], encoding="utf-8").read()
text = source[source.index("`") + 1:source.rindex("`")]
json.dump(json.loads(text), open(sys.argv[2], "w", encoding="utf-8"))' "$module/pkg/report/v210/sarif/schema.go" "$1/sarif-2.1.0.json"
}

# --- The target: a Debian-like root with a project of three languages in it, and a hostile name.
root=$scratch/root
mkdir -p "$root/etc" "$root/var/lib/dpkg/info" "$root/usr/share/doc/openssl" "$root/srv/web/node_modules/lodash" \
  "$root/usr/lib/python3/dist-packages/Django-3.2.0.dist-info" "$root/srv/java"
printf 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' >"$root/etc/os-release"
{
  printf 'Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\nMaintainer: Debian OpenSSL Team <pkg-openssl-devel@example.org>\nDepends: libc6\n\n'
  printf 'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9+deb12u3\nMaintainer: "Quotes" & <Angles>\n\n'
  printf 'Package: liblzma5\nStatus: install ok installed\nArchitecture: amd64\nSource: xz-utils\nVersion: 5.6.0-0.2\n\n'
} >"$root/var/lib/dpkg/status"
printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Apache-2.0\n\nFiles: x\nLicense: its own words\n' >"$root/usr/share/doc/openssl/copyright"
printf '{"name":"lodash","version":"4.17.15","license":"MIT"}' >"$root/srv/web/node_modules/lodash/package.json"
cat >"$root/srv/web/package-lock.json" <<'J'
{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{
 "":{"name":"web","version":"1.0.0","dependencies":{"a":"1.0.0","minimist":"1.2.0"}},
 "node_modules/a":{"version":"1.0.0","dependencies":{"b":"1.0.0"}},
 "node_modules/b":{"version":"1.0.0","dependencies":{"a":"1.0.0"}},
 "node_modules/minimist":{"version":"1.2.0","license":"MIT","dev":true,"integrity":"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="}}}
J
printf 'Metadata-Version: 2.1\nName: Django\nVersion: 3.2.0\nLicense: BSD-3-Clause\n' >"$root/usr/lib/python3/dist-packages/Django-3.2.0.dist-info/METADATA"
python3 - "$root" <<'P'
import json, os, sys, zipfile
root = sys.argv[1]
def pom(group, artifact, version):
    return "META-INF/maven/%s/%s/pom.properties" % (group, artifact), "groupId=%s\nartifactId=%s\nversion=%s\n" % (group, artifact, version)
inner = root + "/inner.jar"
with zipfile.ZipFile(inner, "w") as z:
    z.writestr(*pom("org.apache.logging.log4j", "log4j-core", "2.14.1"))
with zipfile.ZipFile(root + "/srv/java/app.war", "w") as z:
    z.writestr(*pom("org.example", "app", "1.0"))
    z.write(inner, "WEB-INF/lib/log4j-core-2.14.1.jar")
os.remove(inner)
folder = root + "/srv/<b>=1+1\x1b[31m \"q\"/node_modules/evil"
os.makedirs(folder)
json.dump({"name": "evil", "version": "=1.0.0", "license": "<script>alert(1)</script>", "author": "a\u202eb <x@y>"}, open(folder + "/package.json", "w"))
open(root + "/srv/broken.jar", "wb").write(b"PK\x03\x04 not a zip")
P
# Secrets and malware, made here so that the tree holds none: three private keys, one of them ignored and one
# under the hostile name, and the test file of virus scanners.
mkdir -p "$root/srv/old"
hostile=("$root"/srv/'<b>'*)
keys=("$root/srv/web/server.key" "$root/srv/old/server.key" "$hostile/key.pem")
for key in "${keys[@]}"; do
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$key"
done
printf 'X5O!P%%@AP[4\\PZX54(P^)7CC)7}$%s-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' EICAR >"$root/srv/sample.com"
printf 'path=srv/old/** reason=rotated, =1+1 <script>alert(1)</script>\n' >"$root/.weirignore"
cat >vex.json <<'J'
{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex","author":"a","timestamp":"2024-01-01T00:00:00Z","version":1,"statements":[
 {"vulnerability":{"name":"CVE-2020-8203"},"products":[{"@id":"pkg:npm/lodash@4.17.15"}],"status":"not_affected","justification":"vulnerable_code_not_present"}]}
J

scan() { # NAME TARGET ARGUMENT...: all formats of TARGET as NAME.*
  local name=$1 target=$2
  shift 2
  "$WEIR" scan "$target" "$@" -o json="$name.json" -o cyclonedx-json="$name.cdx.json" -o spdx-json="$name.spdx.json" \
    -o sarif="$name.sarif" -o openvex="$name.vex.json" -o html="$name.html" -o csv="$name.csv" -o table="$name.txt"
}
scan root "dir:$root" --vex vex.json --ignore 'CVE-2021-44228 reason=accepted, until June'
scan owned "dir:$root" --include-owned
mkdir empty
scan empty dir:empty
"$WEIR" sbom "dir:$root" -o cyclonedx-json=sbom.cdx.json -o spdx-json=sbom.spdx.json

jq -e '.findings | length > 3' root.json >/dev/null || fail "too few findings: this proves nothing"
jq -e '[.findings[].status] | index("ignored") and index("not-affected") and index("open")' root.json >/dev/null ||
  fail "not every kind of finding: $(jq -c '[.findings[] | [.id, .package.name, .status]]' root.json)"
jq -e '.problems | length > 0' root.json >/dev/null || fail "the broken jar is no problem"

"$WEIR" secrets "dir:$root" -o json=secrets.json -o sarif=secrets.sarif -o csv=secrets.csv -o html=secrets.html \
  -o table=secrets.txt -o cyclonedx-json=secrets.cdx.json
"$WEIR" secrets dir:empty -o table=nothing.txt -o sarif=nothing.sarif

# --- Secrets and malware are in every report that has a place for them, and a secret's own text in none
jq -e '[.content[] | .kind + " " + .status] | index("secret open") and index("secret ignored") and index("malware open")' \
  root.json >/dev/null || fail "not every kind of content: $(jq -c '[.content[] | [.kind, .rule, .status]]' root.json)"
jq -e '.content | all(.fingerprint | test("^[0-9a-f]{32}$"))' root.json >/dev/null || fail "a finding without a fingerprint"
for key in "${keys[@]}"; do
  inside=$(sed -n '5s/^\(.\{24\}\).*/\1/p' "$key")
  [ ${#inside} = 24 ] || fail "no line of $key to look for"
  ! grep -lF "$inside" root.* secrets.* || fail "a report tells a secret"
done
# A look for secrets alone claims nothing of packages.
jq -e '.packages_listed == false and (has("packages") or has("findings") | not) and (.content | length == 3)' \
  secrets.json >/dev/null || fail "secrets alone: $(jq -c '[.packages_listed, .matched, (.content | length)]' secrets.json)"
! grep -qE '(^| )0 (open|packages)' secrets.txt || fail "secrets alone, yet something else is said to be 0"
grep -q 'not looked for' secrets.txt || fail "secrets alone: what was not looked for is not said"
grep -qE 'no secrets in 0 files, 0 bytes, [0-9,]+ rules' nothing.txt || fail "nothing found in what? $(cat nothing.txt)"

check cyclonedx root.cdx.json owned.cdx.json empty.cdx.json sbom.cdx.json secrets.cdx.json
check spdx root.spdx.json owned.spdx.json empty.spdx.json sbom.spdx.json
check openvex root.vex.json owned.vex.json
if command -v go >/dev/null; then
  SARIF_SCHEMA=$(cached sarif-schema make_sarif_schema)/sarif-2.1.0.json
  export SARIF_SCHEMA
  check sarif root.sarif owned.sarif empty.sarif secrets.sarif nothing.sarif
else
  jq -e '.version == "2.1.0" and (.runs | length == 1) and all(.runs[]; .tool.driver.name and
    all(.results[]; .message.text and .ruleId and (.level | IN("error", "warning", "note", "none"))))' \
    root.sarif owned.sarif empty.sarif secrets.sarif nothing.sarif >/dev/null || fail "SARIF lacks what it must have"
fi
check content root.sarif secrets.sarif

# --- What else the files for people must hold
! grep -q '<script>alert' root.html secrets.html || fail "HTML runs what a package is called"
! grep -qE '<(link|img|iframe)|src=' root.html secrets.html || fail "the page fetches something"
! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' root.txt secrets.txt || fail "a control character reaches the terminal"
python3 -c '
import csv, json
rows = [r for r in csv.DictReader(open("root.csv", newline="")) if r["status"] != "not-checked"]
report = json.load(open("root.json"))
found = ["vulnerability"] * len(report["findings"]) + [c["kind"] for c in report["content"]]
assert [r["kind"] for r in rows] == found and all(None not in r and None not in r.values() for r in rows), "CSV rows"
assert not any(c[:1] in ("=", "+", "-", "@") for r in rows for c in r.values()), "a formula"'

# --- Round trips: our own SBOM gives the same packages and the same findings
identity='.packages[] | select(.owned_by == null) | "\(.type) \(.name) \(.version) \(.arch) \(.source_name) \(.scope) \(.locations[0].path)"'
finding='.findings[] | "\(.id) \(.package.name) \(.package.version) \(.match.ecosystem) \(.match.affected) \(.fix) \(.severity)"'
scan direct "dir:$root"
jq -r "$identity" direct.json | LC_ALL=C sort >direct.packages
jq -r "$finding" direct.json | LC_ALL=C sort >direct.findings
cp direct.json direct.own.json
for kind in cdx own spdx; do
  scan "again.$kind" "sbom:direct.$kind.json"
  jq -r "$identity" "again.$kind.json" | LC_ALL=C sort >again.packages
  # SPDX has no field for what is only declared.
  [ $kind != spdx ] || sed -i 's/ declared / installed /' direct.packages
  same "$kind packages" direct.packages again.packages
  jq -r "$finding" "again.$kind.json" | LC_ALL=C sort >again.findings
  same "$kind findings" direct.findings again.findings
done
for kind in cdx own; do
  jq -e '.problems | length > 0' "again.$kind.json" >/dev/null || fail "what the first scan could not read is forgotten: $kind"
done
jq -S '[.components[] | .purl]' direct.cdx.json >a
jq -S '[.components[] | .purl]' again.cdx.cdx.json >b
cmp a b || fail "purls change by a round trip"

# --- Our OpenVEX, answered: what its author calls not affected is closed in the next scan
jq '.statements |= map(del(.action_statement) | .status = "not_affected" | .justification = "vulnerable_code_not_present")' \
  direct.vex.json >answered.vex.json
check openvex answered.vex.json
scan answered "dir:$root" --vex answered.vex.json
jq -e '.findings | length > 0 and all(.status == "not-affected")' answered.json >/dev/null ||
  fail "our own OpenVEX does not close: $(jq -c '[.findings[] | select(.status != "not-affected") | [.id, .package.name]]' answered.json)"

# --- The same result gives the same bytes, times and timings apart
scan direct2 "dir:$root"
for kind in cdx.json spdx.json sarif csv html; do
  for name in direct direct2; do
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z//g; s/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}//g' "$name.$kind" >"$name.plain"
  done
  cmp direct.plain direct2.plain || fail "two scans of the same files differ in $kind"
done
