# Secrets where no file of today has them: a layer below, the config of an image, the environment of a container, what
# a container has written, the history of a repository, archives in archives.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
. "$here/podman_settings.sh"

# A token such as GitLab gives out, different each time.
token() { printf 'glpat-%s' "$(head -c 60 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9' | head -c 20)"; }
# finds NAME TARGET FILTER: one secret of weir secrets TARGET has a place that the jq FILTER is true for.
finds() {
  "$WEIR" secrets "$2" "${flags[@]}" -o json=found.json || fail "$1: $2 could not be scanned"
  jq -e "any(.content[] | select(.rule == \"gitlab-personal-access-token\") | .places[]; $3)" found.json >/dev/null ||
    fail "$1: $(jq -c '[.content[] | {rule, places}]' found.json | head -c 2000)"
  for secret in "${secrets[@]}"; do
    ! grep -qF "$secret" found.json || fail "$1: the report holds a secret whole"
  done
  echo "$1: found"
}
flags=()
secrets=()
for name in removed replaced config label environment written committed archived stashed embedded; do
  declare "$name=$(token)"
  secrets+=("${!name}")
done

# An image whose last layer removes one secret and replaces another; more are in its config.
mkdir -p image/base/bin image/base/app
cp /bin/busybox image/base/bin/busybox
for applet in sh rm sleep; do ln -s busybox image/base/bin/$applet; done
echo "TOKEN=$removed" >image/base/app/deploy.env
echo "token: $replaced" >image/base/app/config.yml
cat >image/Dockerfile <<D
FROM scratch
COPY base /
ENV API_TOKEN=$config
LABEL note="use $label"
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox rm /app/deploy.env; echo none > /app/config.yml"]
D
name=localhost/weir-secrets-$$:1
container=weir-secrets-$$
cleanup() {
  podman rm -f -t 0 "$container" >/dev/null 2>&1 || true
  podman rmi -f "$name" >/dev/null 2>&1 || true
}
trap cleanup EXIT
podman build -q --network host -t "$name" image >build.log 2>&1 || fail "podman cannot build here: $(tail -n 3 build.log)"
podman save -q --format docker-archive -o image.tar "$name"
skopeo copy -q docker-archive:image.tar oci:layout:1
for target in docker-archive:image.tar oci-dir:layout "podman-image:$name"; do
  finds "$target, removed file" "$target" \
    '.origin == "removed-file" and .path == "app/deploy.env" and (.layer | startswith("sha256:")) and (.removed_in | startswith("sha256:")) and .layer != .removed_in'
  finds "$target, replaced file" "$target" '.origin == "removed-file" and .path == "app/config.yml"'
  finds "$target, environment" "$target" '.origin == "image-config" and (.path | test("^image-config:Env\\[[0-9]+\\]$"))'
  finds "$target, label" "$target" '.origin == "image-config" and .path == "image-config:Labels[note]"'
done

# A running container: a key in its environment, and a file that it has written.
podman run -d --name "$container" -e "SERVICE_TOKEN=$environment" "$name" /bin/busybox sleep 1000 >/dev/null
podman exec "$container" /bin/sh -c "echo 'token = $written' > /app/written.conf"
finds "container, environment" "podman:$container" \
  '.origin == "environment" and (.path | test("^proc/[0-9]+/environ$")) and .pid > 0 and .process == "busybox"'
finds "container, written file" "podman:$container" '.origin == "file" and .path == "app/written.conf"'
if [ "$(podman info --format '{{.Store.GraphDriverName}}')" = overlay ]; then
  finds "container, marked as added" "podman:$container" '.path == "app/written.conf" and .added == true'
fi

# A repository: removed by a later commit, and in a stash.
export GIT_CONFIG_NOSYSTEM=1 HOME=$scratch GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q work
echo "token = $committed" >work/settings.ini
git -C work add . && git -C work commit -qm first
first=$(git -C work rev-parse HEAD)
echo "token =" >work/settings.ini
git -C work commit -qam second
echo "token = $stashed" >work/settings.ini
git -C work stash -q
for pass in loose packed; do
  finds "git, $pass, removed by a commit" git:work \
    ".origin == \"commit\" and .path == \"settings.ini\" and .commit == \"$first\" and .commit_time != null"
  [ "$(jq '[.content[] | select(.rule == "gitlab-personal-access-token")] | length' found.json)" = 2 ] || fail "git: the stash was not found"
  git -C work gc -q --prune=now
done

# Archives in archives.
mkdir -p dir/inner
echo "token = $archived" >dir/inner/app.properties
(cd dir/inner && tar -cJf ../inner.tar.xz app.properties && cd .. && rm -r inner && python3 -m zipfile -c outer.zip inner.tar.xz && rm inner.tar.xz)
finds "archive in an archive" dir '.path == "outer.zip!inner.tar.xz!app.properties"'
