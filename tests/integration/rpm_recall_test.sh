# An rpm database as today's rpm writes it, against rpm -qa. Debian's rpm writes SQLite only; the other two formats are
# tested on real bytes in the unit tests of the sbom room.
. "$(dirname "$0")/lib.sh"
cd "$scratch"
make_rpms() {
  local i
  for i in $(seq 1 40); do
    cat >"$1/p$i.spec" <<S
Name: pkg$i
Version: 1.$i
Release: ${i}.el9
$([ $((i % 3)) = 0 ] && echo "Epoch: 2")
Summary: test
License: MIT
BuildArch: noarch
%description
test
%install
mkdir -p %{buildroot}/opt/pkg$i && echo $i > %{buildroot}/opt/pkg$i/file
%files
/opt/pkg$i/file
S
    rpmbuild --quiet --define "_topdir $1/top" -bb "$1/p$i.spec"
  done
}
rpms=$(cached rpms make_rpms)
for backend in sqlite; do
  root=$scratch/$backend
  mkdir -p "$root/etc"
  printf 'ID="almalinux"\nVERSION_ID="9.3"\nPRETTY_NAME="AlmaLinux 9.3"\n' >"$root/etc/os-release"
  rpm --root "$root" --define "_db_backend $backend" --define "_dbpath /var/lib/rpm" --initdb
  rpm --root "$root" --define "_db_backend $backend" --define "_dbpath /var/lib/rpm" --nodeps --noscripts --nosignature -i "$rpms"/top/RPMS/noarch/*.rpm
  rpm --root "$root" --define "_db_backend $backend" --define "_dbpath /var/lib/rpm" -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' | LC_ALL=C sort -u >truth
  "$WEIR" sbom "dir:$root" -o json=out.json
  packages rpm out.json >found
  same "rpm $backend" truth found
done
