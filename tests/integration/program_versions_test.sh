# Version strings inside real programs of Debian packages, against the packages' own upstream versions.
. "$(dirname "$0")/lib.sh"
make_programs() {
  local name deb version
  mkdir "$1/debs" "$1/programs"
  (cd "$1/debs" && apt-get -q download apache2-bin bash bind9 busybox chrony curl dnsmasq-base exim4-daemon-light git \
    gzip haproxy jq libarchive13 libcurl4 libexpat1 libgnutls30 liblzma5 libnghttp2-14 libperl5.36 libpng16-16 \
    libsqlite3-0 libssh-4 libssh2-1 libssl3 libxml2 lighttpd memcached mosquitto nginx nsd openssh-client openssh-server \
    openssl openvpn perl-base php8.2-cli postfix postgresql-15 proftpd-core python3.11-minimal redis-server redis-tools \
    rsync stunnel4 sudo tmux unbound vsftpd wget xz-utils) >/dev/null
  for deb in "$1"/debs/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    # The upstream version: no epoch, no Debian revision, no mark of repackaging.
    version=$(dpkg-deb -f "$deb" Version | sed -E 's/^[0-9]+://; s/-[^-]*$//; s/[+~](dfsg|ds|really|repack|deb).*$//')
    mkdir "$1/programs/${name}_$version"
    dpkg-deb -x "$deb" "$1/programs/${name}_$version"
  done
  rm -r "$1/debs"
}
programs=$(cached programs make_programs)
WEIR_PROGRAMS=$programs/programs "$(dirname "$WEIR")/weir_sbom_test" --gtest_also_run_disabled_tests \
  --gtest_filter='VersionStrings.DISABLED_RealPrograms'
