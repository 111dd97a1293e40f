# Every package that the ecosystems' own tools know, on real packages from their registries.
. "$(dirname "$0")/lib.sh"
cd "$scratch"

# --- Python: wheels in a virtual environment, against pip
make_python() {
  python3 -m venv --copies "$1/venv"
  "$1/venv/bin/pip" install -q --disable-pip-version-check django==3.2.10 requests==2.25.0 flask jinja2 pyyaml cryptography==3.3.2 numpy celery
}
python_root=$(cached python make_python)
"$python_root/venv/bin/python" -m pip list --disable-pip-version-check --format json --path "$(echo "$python_root"/venv/lib/python3*/site-packages)" |
  jq -r '.[] | "\(.name | ascii_downcase | gsub("[-_.]+"; "-")) \(.version)"' | LC_ALL=C sort -u >py.truth
"$WEIR" sbom "dir:$python_root" -o json=py.json
packages pypi py.json >py.found
same "pip" py.truth py.found

# --- Node: a real tree, against npm ls
if command -v npm >/dev/null; then
  make_node() {
    printf '{"name":"shop","version":"1.0.0","dependencies":{"express":"4.17.1","lodash":"4.17.20","axios":"0.21.0","react":"17.0.2","@babel/core":"7.16.0","ws":"7.4.0"}}' >"$1/package.json"
    (cd "$1" && npm install --silent --no-audit --no-fund --ignore-scripts)
  }
  node_root=$(cached node make_node)
  (cd "$node_root" && npm ls --all --json) | jq -r '[.. | objects | select(has("dependencies")) | .dependencies | to_entries[] | select(.value.version != null) | "\(.key) \(.value.version)"] | unique[]' |
    LC_ALL=C sort -u >node.truth
  echo "shop 1.0.0" | LC_ALL=C sort -u - node.truth -o node.truth
  "$WEIR" sbom "dir:$node_root" --no-declared -o json=node.json
  packages npm node.json >node.found
  same "npm ls" node.truth node.found
  "$WEIR" sbom "dir:$node_root" --exclude node_modules -o json=lock.json
  packages npm lock.json | grep -v '^shop ' >lock.found
  grep -v '^shop ' node.truth >lock.truth
  same "package-lock.json" lock.truth lock.found
else
  echo "SKIPPED: npm is not installed, Node recall was not tested"
fi

# --- Java: jars from Maven Central, against their own pom.properties (unzip)
make_java() {
  local gav
  for gav in org/apache/logging/log4j/log4j-core/2.14.1/log4j-core-2.14.1.jar \
    com/fasterxml/jackson/core/jackson-databind/2.9.10/jackson-databind-2.9.10.jar \
    org/springframework/spring-core/5.3.17/spring-core-5.3.17.jar commons-collections/commons-collections/3.2.1/commons-collections-3.2.1.jar \
    org/apache/commons/commons-text/1.9/commons-text-1.9.jar com/h2database/h2/1.4.199/h2-1.4.199.jar \
    org/yaml/snakeyaml/1.26/snakeyaml-1.26.jar org/apache/struts/struts2-core/2.5.25/struts2-core-2.5.25.jar \
    com/alibaba/fastjson/1.2.68/fastjson-1.2.68.jar org/springframework/boot/spring-boot-loader/2.6.3/spring-boot-loader-2.6.3.jar \
    com/google/guava/guava/30.0-jre/guava-30.0-jre.jar org/eclipse/jetty/jetty-server/9.4.40.v20210413/jetty-server-9.4.40.v20210413.jar; do
    curl -sSf --retry 3 -o "$1/$(basename "$gav")" "https://repo.maven.apache.org/maven2/$gav"
  done
  # A Spring Boot like archive: jars stored inside a jar, inside a war.
  (cd "$1" && mkdir -p BOOT-INF/lib && cp log4j-core-2.14.1.jar jackson-databind-2.9.10.jar BOOT-INF/lib/ &&
    zip -q0 -r boot.jar BOOT-INF && mkdir -p WEB-INF/lib && mv boot.jar WEB-INF/lib/ && zip -q -r shop.war WEB-INF && rm -r BOOT-INF WEB-INF)
}
java_root=$(cached java make_java)
"$WEIR" sbom "dir:$java_root" -o json=java.json
for jar in "$java_root"/*.jar; do
  # group:artifact from the path under META-INF/maven, version from the file name that Maven gave.
  base=$(basename "$jar" .jar)
  pom=$(unzip -Z1 "$jar" | grep -E '^META-INF/maven/[^/]+/[^/]+/pom.properties$' | head -1 || true)
  if [ -n "$pom" ]; then
    artifact=$(echo "$pom" | cut -d/ -f4)
    echo "$(echo "$pom" | cut -d/ -f3):$artifact ${base#"$artifact"-}"
  fi
done | LC_ALL=C sort -u >java.truth
packages maven java.json >java.found
LC_ALL=C comm -23 java.truth java.found >java.missing
[ ! -s java.missing ] || fail "Maven: missing $(cat java.missing)"
for gav in "org.springframework:spring-core 5.3.17" "com.h2database:h2 1.4.199" "commons-collections:commons-collections 3.2.1"; do
  grep -qx "$gav" java.found || fail "Maven: $gav was not found: $(grep "${gav#*:}" java.found || true)"
done
jq -e 'any(.packages[]; .name == "org.apache.logging.log4j:log4j-core" and (.locations[0].path | startswith("shop.war!/WEB-INF/lib/boot.jar!/BOOT-INF/lib/")))' java.json >/dev/null ||
  fail "the jar in the jar in the war was not found"
echo "Maven: $(wc -l <java.truth) of $(wc -l <java.truth) and 3 without pom"

# --- Go: binaries, against go version -m
if command -v go >/dev/null; then
  make_go() {
    (cd "$1" && GOBIN=$1 GOFLAGS=-buildvcs=false go install golang.org/x/tools/cmd/stringer@v0.36.0 &&
      GOBIN=$1/stripped GOFLAGS=-buildvcs=false go install -ldflags='-s -w' golang.org/x/vuln/cmd/govulncheck@v1.1.4)
  }
  go_root=$(cached go make_go)
  # The main module and its dependencies; a replacement stands for what it replaces.
  go version -m "$go_root/stringer" "$go_root/stripped/govulncheck" | awk '
    $1 == "mod" || $1 == "dep" || $1 == "=>" { print $2, $3 }
    /: go[0-9]/ { sub(/^go/, "", $2); print "stdlib", $2 }' | LC_ALL=C sort -u >go.truth
  "$WEIR" sbom "dir:$go_root" -o json=go.json
  packages golang go.json >go.found
  same "go version -m" go.truth go.found
else
  echo "SKIPPED: go is not installed, Go recall was not tested"
fi
