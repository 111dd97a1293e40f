#!/bin/sh
# Makes a small system with an rpm database written by rpm itself, in FOLDER, and
# prints what rpm says is installed in it. Needs rpm and rpmbuild (Debian: rpm).
# With the index tables dropped, its database is tests/data/sbom/rpmdb.sqlite.
set -eu
[ $# -eq 1 ] || { echo "usage: make_rpm_root.sh FOLDER" >&2; exit 64; }
root=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# NAME VERSION RELEASE ARCH FURTHER-TAGS
build() {
  cat > "$work/$1.spec" <<SPEC
Name: $1
Version: $2
Release: $3
Summary: A package for tests
License: MIT and GPLv2+
Vendor: Example Vendor
BuildArch: $4
$5
%description
A package for tests.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/$1
echo program > %{buildroot}/usr/bin/$1
echo data > %{buildroot}/usr/share/$1/data
%files
/usr/bin/$1
/usr/share/$1
SPEC
  rpmbuild -bb --quiet --define "_topdir $work/build" --define "_rpmdir $work/rpms" \
    --define "_build_name_fmt %%{NAME}.rpm" "$work/$1.spec"
}
build alpha 1.2 3.el9 x86_64 "Requires: beta >= 1"
build beta 2.0 1 noarch "Epoch: 0
Provides: virtual-beta = 2
Modularitylabel: nodejs:18:8080020230301:abc"
build gamma 1.0~rc1 1 noarch "Epoch: 7
Requires: virtual-beta
Requires: /usr/bin/alpha"

rpm --root "$root" --define "_db_backend sqlite" --dbpath /var/lib/rpm -i --nodeps --ignorearch --noscripts \
  --notriggers "$work"/rpms/*.rpm 2>/dev/null
rpm --root "$root" --define "_db_backend sqlite" --dbpath /var/lib/rpm -qa \
  --qf '%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{SOURCERPM} %{MODULARITYLABEL}\n' | sort
