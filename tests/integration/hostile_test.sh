# What a hostile target can do to us: nothing but a line in the report.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
mkdir -p t/var/lib/dpkg t/deep t/loop
printf 'Package: good\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n' >t/var/lib/dpkg/status
# a folder 10,000 deep
python3 - <<'P'
import os
os.chdir("t/deep")
for _ in range(10000):
    os.mkdir("d"); os.chdir("d")
P
ln -s / t/root-link
ln -s ../../../../../../etc t/etc-link
ln -s loop t/loop/loop
mkfifo t/fifo t/app.jar.fifo; mkfifo t/pipe.jar
head -c 300000 /dev/urandom >t/garbage.jar
python3 - <<'P'
import zipfile
# a jar of 4 GiB of zeros, a jar in a jar in a jar ... 40 deep
with zipfile.ZipFile("t/bomb.jar", "w", zipfile.ZIP_DEFLATED) as z:
    with z.open("META-INF/MANIFEST.MF", "w", force_zip64=True) as f:
        for _ in range(64): f.write(b"\0" * (1 << 20))
data = b""
for i in range(40):
    import io
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_STORED) as z: z.writestr("in%d.jar" % i, data or b"x")
    data = b.getvalue()
open("t/nest.jar", "wb").write(data)
P
printf '[%.0s' $(seq 1 200000) >t/package-lock.json
truncate -s 40G t/huge.jar
timeout 60 "$WEIR" sbom dir:t -o json=out.json
jq -e 'any(.packages[]; .name == "good")' out.json >/dev/null || fail "the good package was lost"
jq -e '.problems | length >= 4' out.json >/dev/null || fail "problems were not reported: $(jq -c .problems out.json)"
! jq -r '.packages[].locations[].path' out.json | grep -q -E '^(root-link|etc-link)/' || fail "a link led out of the root"

# truncated image
mkdir b && echo x >b/x && head -c 3000000 /dev/urandom >b/y
umoci init --layout img && umoci new --image img:1 && umoci insert --image img:1 b / >/dev/null
skopeo copy -q oci:img:1 docker-archive:whole.tar
head -c 1500000 whole.tar >cut.tar
if "$WEIR" sbom docker-archive:cut.tar -o json=cut.json 2>err; then
  jq -e '.problems | length > 0' cut.json >/dev/null || fail "a truncated image looks clean"
else
  [ -s err ] || fail "an error without a word"
fi
python3 -c "
import shutil; shutil.rmtree('t/deep', ignore_errors=True)" || true
find t -depth -delete 2>/dev/null || rm -rf t
