// The table of version strings. Checked against the programs of Debian 12 by
// version_table_test.cc where their folder is given.
#include <array>

#include "sbom/program/version_strings.h"

namespace weir::sbom {
namespace {

constexpr VersionRule kRules[] = {
    // languages
    {"python", "python?.?|python?.??|python?.?m|libpython*.so*", "%0%(%f.%d%w%)%0", "python:python"},
    {"node", "node|nodejs|libnode.so*", "node.js/v%v\n/release/v%v/node-v", "nodejs:node.js"},
    {"php", "php|php?|php?.?|php??|php-cgi*|php-fpm*|phpdbg*|libphp*.so*", "X-Powered-By: PHP/%v", "php:php"},
    {"ruby", "ruby|ruby?.?|ruby?.??|libruby*.so*", "ruby %(%d.%d.%d%)p%d (\nruby %v (", "ruby-lang:ruby"},
    {"perl", "perl|perl5*|libperl.so*", "%0v%(5.%d.%d%)%0\n/usr/local/share/perl/%v%0\n/perl5/%v/",
     "perl:perl"},
    {"erlang", "beam.smp|beam", "[async-threads:%%d]%s%0%v%0\n/otp-OTP-%v/", "erlang:erlang\\/otp"},
    {"julia", "libjulia-internal.so*", "julia-%v/\n%0v%(1.%d.%d%)%0", "julialang:julia"},
    {"gcc", "gcc|g++|gcc-?|gcc-??|g++-?|g++-??|*-gcc-?|*-gcc-??|*-g++-?|*-g++-??",
     "%0%v%0(%s) %0gcc version\n%0%v%0(%s)\n%0%v%0gcc version", "gnu:gcc"},
    // web servers and proxies
    {"nginx", "nginx|nginx-debug", "nginx version: nginx/%v\n%0nginx/%v%0\nnginx/%v", "f5:nginx|nginx:nginx"},
    {"openresty", "openresty", "nginx version: openresty/%v", "openresty:openresty"},
    {"httpd", "httpd|apache2|httpd2", "%0Apache/%v\nApache/%v", "apache:http_server"},
    {"lighttpd", "lighttpd", "lighttpd/%v", "lighttpd:lighttpd"},
    {"haproxy", "haproxy",
     " version %v%s, released \nHA-Proxy version %v\nHAProxy version %v\n%0%v-%w%0haproxy_",
     "haproxy:haproxy"},
    {"envoy", "envoy", "%h/%v/%s/RELEASE\n/%v/Clean/RELEASE", "envoyproxy:envoy"},
    {"varnish", "varnishd", "varnish-%v revision\nVarnish %v ",
     "varnish-software:varnish_cache|varnish_cache_project:varnish_cache"},
    {"squid", "squid", "squid/%v", "squid-cache:squid"},
    {"nghttp2", "libnghttp2.so*", "%(1.%d.%d%)%0", "nghttp2:nghttp2"},
    // databases and queues
    {"redis", "redis-server|redis-check-rdb|redis-check-aof",
     "%0%v%0c11-builtin\n%0%v%0atomic-builtin\n%0%v%0sync-builtin\n%s.%(%v%)17%d\nRedis version=%v",
     "redis:redis|redislabs:redis"},
    {"valkey", "valkey-server|valkey-check-rdb", "%0valkey%0%v%0\n%0%v%0c11-builtin", "lfprojects:valkey"},
    {"memcached", "memcached", "VERSION %v\nmemcached %v", "memcached:memcached"},
    {"mariadb", "mariadbd|mariadb|mariadb-admin|mariadb-dump", "%v-MariaDB\nMariaDB %v%0", "mariadb:mariadb"},
    {"mysql", "mysqld|mysqld-debug", "/mysql-%v/\nmysql-%v\n%0%v%0MySQL Community",
     "oracle:mysql|oracle:mysql_server"},
    {"postgresql", "postgres", "postgres (PostgreSQL) %v\nPostgreSQL %v", "postgresql:postgresql"},
    {"mongodb", "mongod|mongos", "%0%v%0%h%0\nmongodb-%v", "mongodb:mongodb"},
    {"sqlite", "libsqlite3.so*|sqlite3", "%0%(3.%d.%d%)%0", "sqlite:sqlite"},
    {"mosquitto", "mosquitto", "%0%v%0mosquitto version\nmosquitto version %v", "eclipse:mosquitto"},
    // libraries that are copied into images by hand
    {"openssl", "openssl|libssl.so*|libcrypto.so*", "OpenSSL %v%s 20\nOpenSSL %v", "openssl:openssl"},
    {"curl", "curl", "curl/%v\ncurl %v (", "haxx:curl"},
    {"libcurl", "libcurl.so*|libcurl-gnutls.so*|libcurl-nss.so*", "libcurl/%v\nCLIENT libcurl %v",
     "haxx:libcurl|haxx:curl"},
    {"zlib", "libz.so*", "inflate %v Copyright\ndeflate %v Copyright", "zlib:zlib|gnu:zlib"},
    {"libxml2", "libxml2.so*", "@name", "xmlsoft:libxml2"},
    {"expat", "libexpat.so*", "expat_%v", "libexpat_project:libexpat"},
    {"xz", "xz|liblzma.so*", "xz (XZ Utils) %v\n@name\n%0%(5.%d.%d%)%0", "tukaani:xz"},
    {"gnutls", "libgnutls.so*", "Enabled GnuTLS %v logging", "gnu:gnutls"},
    {"libpng", "libpng16.so*|libpng12.so*", "libpng version %v", "libpng:libpng"},
    {"libssh2", "libssh2.so*", "SSH-2.0-libssh2_%v", "libssh2:libssh2"},
    {"libssh", "libssh.so*", "SSH-2.0-libssh_%v", "libssh:libssh"},
    {"libarchive", "libarchive.so*", "libarchive %v\nlibarchive/%v", "libarchive:libarchive"},
    {"pcre2", "libpcre2-8.so*", "%0%v 20%d-%d-%d%0\n%v 20%d-%d-%d%0", "pcre:pcre2"},
    {"ffmpeg", "ffmpeg|ffprobe|libavcodec.so*|libavformat.so*",
     "FFmpeg version %v\n%0%%s version %v\nffmpeg-%v/", "ffmpeg:ffmpeg"},
    // tools
    {"busybox", "busybox", "BusyBox v%v", "busybox:busybox"},
    {"bash", "bash", "@(#)Bash version %v\nBash version %v", "gnu:bash"},
    {"git", "git|git-remote-http", "git/%v%0\n%0git/%v", "git-scm:git"},
    {"gzip", "gzip", "%0%(1.%d%)%0", "gnu:gzip"},
    {"wget", "wget", "%0%(1.2%d.%d%)%0\n%0%(1.2%d%)%0\n%0%(1.1%d.%d%)%0\n%0%(1.1%d%)%0", "gnu:wget"},
    {"jq", "jq", "%0jq-%v%0\n%0%v%0DEBUG:\njq-%v", "jqlang:jq|jq_project:jq"},
    {"rsync", "rsync", "%0%v%0copyright%0\n%0%(3.%d.%d%)%0", "samba:rsync"},
    {"sudo", "sudo", "%0%v%0Configure options\nSudo version %v", "sudo_project:sudo"},
    {"tcpdump", "tcpdump", "%%s version %v\ntcpdump version %v", "tcpdump:tcpdump"},
    {"tmux", "tmux", "%0%v%0en_US.UTF-8", "tmux_project:tmux"},
    // remote access and network services
    {"openssh", "sshd|ssh|sshd-session", "OpenSSH_%(%d.%dp%d%)\nOpenSSH_%v%0", "openbsd:openssh"},
    {"openvpn", "openvpn", "OpenVPN %v %s[SSL\nOpenVPN %v ", "openvpn:openvpn"},
    {"stunnel", "stunnel|stunnel4|stunnel5", "stunnel %v on \nstunnel/%v", "stunnel:stunnel"},
    {"strongswan", "charon|charon-systemd", "(strongSwan %v", "strongswan:strongswan"},
    {"wpa_supplicant", "wpa_supplicant", "wpa_supplicant v%v", "w1.fi:wpa_supplicant"},
    {"hostapd", "hostapd", "hostapd v%v", "w1.fi:hostapd"},
    {"bind", "named", "BIND %v\nlibisc-%v-\n%0%(9.%d.%d%)%0", "isc:bind"},
    {"unbound", "unbound", "unbound %v", "nlnetlabs:unbound"},
    {"nsd", "nsd", "NSD %v", "nlnetlabs:name_server_daemon"},
    {"knot", "knotd", "Knot DNS %v", "nic:knot_dns"},
    {"dnsmasq", "dnsmasq", "dnsmasq-%v", "thekelleys:dnsmasq"},
    {"chrony", "chronyd", "--version%0%v%0", "tuxfamily:chrony"},
    {"dovecot", "dovecot", "Dovecot v%v\n%0%v (%w)%0", "dovecot:dovecot"},
    {"exim", "exim|exim4", "<<eximcnumber>>%0%v%0\n%0%v%0<<eximversion>>", "exim:exim"},
    {"postfix", "libpostfix-global.so*|postconf", "mail_version=%v\nmail_version%0%v%0", "postfix:postfix"},
    {"proftpd", "proftpd", "ProFTPD Version %v\nProFTPD %v", "proftpd:proftpd"},
    {"vsftpd", "vsftpd", "vsftpd: version %v\n(vsFTPd %v)", "vsftpd_project:vsftpd|beasts:vsftpd"},
    {"pure-ftpd", "pure-ftpd", "pure-ftpd v%v\nPure-FTPd %v", "pureftpd:pure-ftpd"},
    {"samba", "smbd|nmbd|winbindd|samba", "SAMBA_%v_\n%0SAMBA_%v%0", "samba:samba"},
    {"coturn", "turnserver", "Coturn-%v", "coturn_project:coturn"},
    {"tor", "tor", "(on Tor %v \n%0tor %v%0", "torproject:tor"},
    // operations
    {"consul", "consul", "CONSUL_VERSION: %v\nCONSUL_VERSION=%v", "hashicorp:consul"},
    {"fluent-bit", "fluent-bit", "Fluent Bit v%v\n%0%v%0fluent-bit\nfluent-bit-%v",
     "treasuredata:fluent_bit"},
    {"qemu", "qemu-system-*", "QEMU emulator version %v\nQEMU v%v", "qemu:qemu"},
};

}  // namespace

std::span<const VersionRule> VersionRules() { return kRules; }

}  // namespace weir::sbom
