# Scans with a cache tell exactly what scans without one tell, whatever happens to the files in between; and they
# open only what changed.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
root=$scratch/debian
cp -a --reflink=auto "$(debian_main)" "$root"
mkdir -p "$root/srv/app/node_modules/lodash" "$root/usr/lib/python3/dist-packages/demo-1.0.dist-info" "$root/srv/java"
echo '{"name":"lodash","version":"4.17.20","dependencies":{"x":"1"}}' >"$root/srv/app/node_modules/lodash/package.json"
printf 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n' >"$root/usr/lib/python3/dist-packages/demo-1.0.dist-info/METADATA"
jar() { # FILE VERSION
  python3 - "$1" "$2" <<'P'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as jar:
    jar.writestr("META-INF/maven/org.x/lib/pom.properties", f"groupId=org.x\nartifactId=lib\nversion={sys.argv[2]}\n")
P
}
jar "$root/srv/java/lib.jar" 1.0

facts() { jq -S 'del(.started_at, .stats.files_read, .stats.bytes_read, .stats.elapsed_us)' "$1"; }
compare() { # WHAT
  "$WEIR" sbom "dir:$root" --cache cache -o json=cached.json
  "$WEIR" sbom "dir:$root" -o json=plain.json
  facts cached.json >cached.facts
  facts plain.json >plain.facts
  cmp -s plain.facts cached.facts || { diff plain.facts cached.facts | head -n 40 >&2; fail "$1: the cache changed the result"; }
  echo "$1: $(jq '.stats.files_read' cached.json) files opened instead of $(jq '.stats.files_read' plain.json)"
}
opened() { jq '.stats.files_read' cached.json; }
settle() { sleep 2.2; }

compare "first scan"
settle
compare "second scan" # what was copied within two seconds before the first is kept now
compare "nothing changed"
if [ "$(stat -f -c %T "$root")" = tmpfs ]; then
  echo "SKIPPED: on tmpfs nothing is kept, so how little is opened was not looked at"
else
  [ "$(opened)" -le 2 ] || fail "nothing changed, and $(opened) files were opened"
  jar "$root/srv/java/lib.jar" 2.0
  compare "one jar changed"
  [ "$(opened)" = 1 ] || fail "one jar changed, and $(opened) files were opened"
  jq -e 'any(.packages[]; .name == "org.x:lib" and .version == "2.0")' cached.json >/dev/null || fail "the new jar was not seen"
  files=$(wc -l <"$root/var/lib/dpkg/info/rsync.list")
  chroot "$root" dpkg --remove --force-depends rsync >dpkg.log 2>&1 || fail "$(tail -n 3 dpkg.log)"
  compare "one Debian package removed"
  [ "$(opened)" -le $((files + 20)) ] || fail "one package changed, and $(opened) files were opened"
  if jq -e 'any(.packages[]; .name == "rsync" and .type == "deb")' cached.json >/dev/null; then fail "a removed package is still there"; fi
fi

# change SEED: things that package managers, users and intruders do, at random.
change() {
  python3 - "$root" "$1" <<'P'
import os, random, sys
root, seed = sys.argv[1], int(sys.argv[2])
pick = random.Random(seed)
places = ["var/lib/dpkg", "usr/share/doc", "usr/bin", "usr/lib/python3", "srv"]
files = []
for place in places:
    for folder, _, names in os.walk(os.path.join(root, place)):
        files += [p for n in names if os.path.isfile(p := os.path.join(folder, n)) and not os.path.islink(p)]
files.sort()
for _ in range(25):
    a, b = pick.choice(files), pick.choice(files)
    if not (os.path.exists(a) and os.path.exists(b)):
        continue
    kind = pick.randrange(8)
    if kind == 0:  # other bytes, the same size and modification time
        state = os.stat(a)
        with open(a, "r+b") as file:
            data = bytearray(file.read())
            for i in range(0, len(data), 7):
                if 0x30 <= data[i] < 0x39:
                    data[i] += 1
            file.seek(0)
            file.write(data)
        os.utime(a, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif kind == 1:
        os.utime(a, (pick.randrange(2**32), pick.randrange(2**32)))
    elif kind == 2:
        os.chmod(a, pick.choice([0o755, 0o644]))
    elif kind == 3:  # two files change places
        os.rename(a, a + ".aside"); os.rename(b, a); os.rename(a + ".aside", b)
    elif kind == 4:  # one becomes a hard link to the other
        os.link(a, b + ".link"); os.rename(b + ".link", b)
    elif kind == 5:
        os.unlink(a)
    elif kind == 6:
        os.rename(a, a + pick.choice([".bak", ".so", ""]))
    else:
        with open(a, "ab") as file:
            file.write(b"\n")
P
}
for ((seed = 1; seed <= 12; seed++)); do
  change "$seed"
  compare "random changes $seed"
  if [ $((seed % 4)) = 0 ]; then settle; fi
done

# A cache that is damaged, another's, or not ours alone is dropped, and told.
good=$(stat -c %s cache)
truncate -s $((good / 2)) cache
"$WEIR" sbom "dir:$root" --cache cache -o json=cached.json 2>err
grep -q "cut off" err || fail "a damaged cache was not told of: $(cat err)"
facts cached.json | cmp -s - plain.facts || fail "a damaged cache changed the result"
chmod 666 cache
"$WEIR" sbom "dir:$root" --cache cache -o json=cached.json 2>err
grep -q "others may write" err || fail "a cache that anybody may write was not told of: $(cat err)"
facts cached.json | cmp -s - plain.facts || fail "another's cache changed the result"
[ "$(stat -c %a cache)" = 600 ] || fail "the cache can be read by others"

# The host itself: it changes while we look, so only what cannot have changed in between is compared.
"$WEIR" sbom host --exclude 'tmp/**' --exclude 'work/**' --exclude 'root/**' --exclude 'home/**' --cache host.cache -o json=/dev/null
settle
host() { "$WEIR" sbom host --exclude 'tmp/**' --exclude 'work/**' --exclude 'root/**' --exclude 'home/**' "$@"; }
host -o json=plain.json
host --cache host.cache -o json=cached.json
host -o json=after.json
facts plain.json >plain.facts
facts after.json >after.facts
if cmp -s plain.facts after.facts; then
  facts cached.json | cmp -s - plain.facts || fail "the host: the cache changed the result"
  echo "host: $(jq '.packages | length' cached.json) packages, $(jq .stats.files_read cached.json) of $(jq .stats.files_read plain.json) files opened"
else
  echo "SKIPPED: the host changed while it was compared"
fi
