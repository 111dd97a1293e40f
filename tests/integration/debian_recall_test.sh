# Every package that dpkg-query knows of a Debian root, and no other; the same from an image of it.
. "$(dirname "$0")/lib.sh"
root=$(debian_main)
dpkg-query --admindir "$root/var/lib/dpkg" -W -f '${db:Status-Abbrev}|${Package} ${Version}\n' |
  sed -n 's/^ii |//p' | LC_ALL=C sort -u >"$scratch/truth"
"$WEIR" sbom "dir:$root" -o "json=$scratch/dir.json"
packages deb "$scratch/dir.json" >"$scratch/found"
same "Debian root" "$scratch/truth" "$scratch/found"

# What an OS package installed is not listed a second time.
"$WEIR" sbom "dir:$root" -o "csv=$scratch/list.csv"
jq -r '.packages[] | select(.owned_by != null) | .name' "$scratch/dir.json" | LC_ALL=C sort -u >"$scratch/owned"
[ -s "$scratch/owned" ] || fail "this root has Python modules of OS packages; none was seen as owned"

# The same root as a docker archive with one layer, and as an OCI layout with zstd layers.
if [ ! -e "$WEIR_TEST_CACHE/debian.oci" ]; then
  rm -rf "$WEIR_TEST_CACHE/debian.oci.part"
  umoci init --layout "$WEIR_TEST_CACHE/debian.oci.part"
  umoci new --image "$WEIR_TEST_CACHE/debian.oci.part:latest"
  umoci insert --image "$WEIR_TEST_CACHE/debian.oci.part:latest" "$root" /
  mv "$WEIR_TEST_CACHE/debian.oci.part" "$WEIR_TEST_CACHE/debian.oci"
fi
oci=$WEIR_TEST_CACHE/debian.oci
skopeo copy -q "oci:$oci:latest" "docker-archive:$scratch/debian.tar:test/debian:1"
skopeo copy -q "oci:$oci:latest" "oci-archive:$scratch/debian.oci.tar:latest"
for target in "oci-dir:$oci" "docker-archive:$scratch/debian.tar" "oci-archive:$scratch/debian.oci.tar" "$scratch/debian.tar"; do
  "$WEIR" sbom "$target" -o "json=$scratch/image.json"
  packages deb "$scratch/image.json" >"$scratch/found"
  same "$target" "$scratch/truth" "$scratch/found"
  jq -e 'all(.packages[]; .locations[0].layer | startswith("sha256:"))' "$scratch/image.json" >/dev/null ||
    fail "$target: a package without its layer"
done
