// An imaginary fleet for the mock: the same every time (a seeded generator), as large as the console's targets.
const kLarge = {
  hosts: 1000,
  containers: 9000,
  images: 260,
  findings: 1_000_000,
  vulnerabilities: 3200,
  packages: 5200,
};
const kEmpty = { hosts: 0, containers: 0, images: 0, findings: 0, vulnerabilities: 0, packages: 0 };
const kSmall = { hosts: 3, containers: 14, images: 6, findings: 900, vulnerabilities: 160, packages: 420 };

export const severityWords = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];
const reachWords = ['public', 'any', 'private', 'link-local', 'loopback', 'none'];

function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, int: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

const known = [
  [
    'CVE-2021-44228',
    'Log4Shell: JNDI features in log4j-core let an attacker who controls log messages run code',
    10,
    0.944,
    true,
    true,
    ['org.apache.logging.log4j:log4j-core', 'maven', '2.14.1', '2.17.1'],
  ],
  [
    'CVE-2024-3094',
    'Malicious code in the xz tarballs reaches sshd through liblzma',
    10,
    0.859,
    false,
    false,
    ['liblzma5', 'deb', '5.6.1-1', '5.6.1+really5.4.5-1'],
  ],
  [
    'CVE-2014-0160',
    'Heartbleed: OpenSSL reads beyond a heartbeat message and answers with process memory',
    7.5,
    0.945,
    true,
    false,
    ['openssl', 'deb', '1.0.1e-2', '1.0.1e-2+deb7u5'],
  ],
  [
    'CVE-2023-44487',
    'HTTP/2 rapid reset: streams that are opened and cancelled at once exhaust the server',
    7.5,
    0.944,
    true,
    false,
    ['nghttp2', 'deb', '1.52.0-1', '1.52.0-1+deb12u1'],
  ],
  [
    'CVE-2022-22965',
    'Spring4Shell: data binding on JDK 9 and later leads to code execution',
    9.8,
    0.944,
    true,
    false,
    ['org.springframework:spring-beans', 'maven', '5.3.16', '5.3.18'],
  ],
  [
    'CVE-2023-4911',
    'Looney Tunables: buffer overflow in ld.so while reading GLIBC_TUNABLES',
    7.8,
    0.62,
    true,
    false,
    ['libc6', 'deb', '2.36-9', '2.36-9+deb12u3'],
  ],
  [
    'CVE-2024-6387',
    'regreSSHion: signal handler race in sshd allows code execution as root before login',
    8.1,
    0.41,
    false,
    false,
    ['openssh-server', 'deb', '1:9.2p1-2', '1:9.2p1-2+deb12u3'],
  ],
  [
    'CVE-2023-38545',
    'curl: SOCKS5 host name overflows a heap buffer',
    9.8,
    0.26,
    false,
    false,
    ['libcurl4', 'deb', '7.88.1-10', '7.88.1-10+deb12u4'],
  ],
];
const weaknesses = [
  'out-of-bounds write',
  'use after free',
  'SQL injection',
  'path traversal',
  'improper certificate check',
  'denial of service by a crafted request',
  'integer overflow',
  'prototype pollution',
  'regular expression with exponential time',
  'server-side request forgery',
  'type confusion',
  'missing bounds check',
];
const stems = [
  'libxml2',
  'zlib1g',
  'libpng16',
  'expat',
  'jackson-databind',
  'netty-codec',
  'lodash',
  'express',
  'axios',
  'requests',
  'urllib3',
  'pillow',
  'django',
  'golang.org/x/net',
  'golang.org/x/crypto',
  'hyper',
  'tokio',
  'rails',
  'nokogiri',
  'guzzle',
  'symfony',
  'busybox',
  'krb5',
  'libtiff',
  'gnutls',
  'systemd',
  'perl',
  'python3.11',
  'nodejs',
  'nginx',
  'redis',
  'postgresql',
  'sqlite3',
  'bind9',
  'sudo',
  'vim',
  'git',
  'bash',
  'tar',
  'openldap',
];
const types = [
  'deb',
  'deb',
  'deb',
  'apk',
  'rpm',
  'npm',
  'npm',
  'pypi',
  'maven',
  'golang',
  'cargo',
  'gem',
  'composer',
];
const roles = [
  'edge',
  'web',
  'api',
  'db',
  'cache',
  'queue',
  'batch',
  'search',
  'mail',
  'build',
  'metrics',
  'auth',
];
const regions = ['eu-west', 'eu-north', 'us-east', 'ap-south'];
const services = [
  'checkout',
  'catalogue',
  'billing',
  'ledger',
  'identity',
  'gateway',
  'notifier',
  'reports',
  'pricing',
  'stock',
  'shipping',
  'frontend',
  'scheduler',
  'indexer',
  'exporter',
  'fluent',
];
const osWords = [
  'Debian GNU/Linux 12 (bookworm)',
  'Ubuntu 24.04.1 LTS',
  'Red Hat Enterprise Linux 9.5',
  'Alpine Linux v3.20',
  'Debian GNU/Linux 13 (trixie)',
];

export const hex = (text, length) => {
  let out = '';
  let h = 2166136261;
  for (let i = 0; out.length < length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i % text.length) ^ i, 16777619) >>> 0;
    out += h.toString(16).padStart(8, '0');
  }
  return out.slice(0, length);
};
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');

export function makeFleet(size) {
  const n = { small: kSmall, empty: kEmpty }[size] ?? kLarge;
  const random = generator(20261126);
  const assets = [];
  const add = (asset) => {
    asset.index = assets.length;
    asset.id = String(assets.length + 1);
    assets.push(asset);
    return asset;
  };

  const images = [];
  for (let i = 0; i < n.images; i++) {
    const service = services[i % services.length];
    images.push(
      add({
        kind: 'image',
        name: `registry.example.org/shop/${service}:${1 + (i % 4)}.${i % 23}.${i % 7}`,
        key: `sha256:${hex(`image${i}`, 64)}`,
        service,
        os: random.pick(osWords),
        state: i % 9 === 8 ? 'gone' : 'stopped',
        host: null,
        exposure: 'none',
      }),
    );
  }
  const hosts = [];
  for (let i = 0; i < n.hosts; i++) {
    const role =
      n === kSmall
        ? ['web', 'api', 'db'][i]
        : roles[Math.min(roles.length - 1, Math.floor(random.next() ** 1.5 * roles.length))];
    const region = regions[i % (n === kSmall ? 1 : regions.length)];
    const exposure =
      role === 'edge' || (role === 'web' && random.next() < 0.6)
        ? 'public'
        : random.next() < 0.8
          ? 'private'
          : 'any';
    hosts.push(
      add({
        kind: 'host',
        role,
        region,
        name: `${region}-${role}-${String(i + 1).padStart(n === kSmall ? 2 : 4, '0')}`,
        key: hex(`host${i}`, 32),
        os: random.pick(osWords),
        state: i % 61 === 60 ? 'gone' : 'running',
        host: null,
        exposure,
      }),
    );
  }
  const containers = [];
  for (let i = 0; i < n.containers; i++) {
    const host = hosts[Math.floor(random.next() ** 1.3 * hosts.length)];
    const image = images[Math.floor(random.next() ** 1.6 * images.length)];
    containers.push(
      add({
        kind: 'container',
        name: `${image.service}-${hex(`c${i}`, 5)}`,
        key: hex(`container${i}`, 64),
        service: image.service,
        image,
        host,
        os: image.os,
        state: random.next() < 0.94 ? 'running' : 'stopped',
        exposure:
          host.exposure === 'public' && random.next() < 0.3
            ? 'public'
            : random.pick(['private', 'private', 'none', 'any']),
        pod:
          random.next() < 0.7
            ? `${random.pick(['shop', 'payments', 'platform'])}/${image.service}-${hex(`p${i}`, 9)}-${hex(`q${i}`, 5)}`
            : '',
        privileged: random.next() < 0.02,
      }),
    );
  }

  const packages = [];
  for (let i = 0; i < n.packages; i++) {
    const special = known[i]?.[6];
    const type = special ? special[1] : random.pick(types);
    const stem = stems[i % stems.length];
    const name = special
      ? special[0]
      : type === 'maven'
        ? `org.example.${stem.replace(/\W/g, '')}:${stem.replace(/\W/g, '-')}`
        : i < stems.length * 8
          ? stem
          : `${stem}-${random.pick(['core', 'utils', 'common', 'client', 'plugin', 'doc'])}${i % 11}`;
    packages.push({
      id: hex(`package${i}`, 16),
      index: i,
      type,
      name,
      version: special
        ? special[2]
        : `${1 + random.int(9)}.${random.int(30)}.${random.int(20)}${type === 'deb' ? `-${1 + random.int(4)}` : ''}`,
      licenses: [random.pick(['MIT', 'Apache-2.0', 'BSD-3-Clause', 'GPL-2.0-or-later', 'LGPL-2.1-only'])],
      assets: new Set(),
    });
  }
  const vulnerabilities = [];
  for (let i = 0; i < n.vulnerabilities; i++) {
    const special = known[i];
    const draw = random.next();
    const cvss = special
      ? special[2]
      : draw < 0.05
        ? 9 + random.int(9) / 10
        : draw < 0.28
          ? 7 + random.int(19) / 10
          : draw < 0.7
            ? 4 + random.int(29) / 10
            : draw < 0.9
              ? 1 + random.int(29) / 10
              : null;
    const severity =
      cvss === null ? (random.next() < 0.5 ? 4 : 5) : cvss >= 9 ? 0 : cvss >= 7 ? 1 : cvss >= 4 ? 2 : 3;
    const pkg = packages[special ? i : random.int(packages.length)];
    vulnerabilities.push({
      index: i,
      id: special ? special[0] : `CVE-${2016 + random.int(11)}-${10000 + random.int(40000)}`,
      aliases: random.next() < 0.4 ? [`GHSA-${hex(`g${i}`, 4)}-${hex(`h${i}`, 4)}-${hex(`i${i}`, 4)}`] : [],
      summary: special
        ? special[1]
        : `${pkg.name}: ${random.pick(weaknesses)} in ${random.pick(['the parser', 'header handling', 'archive extraction', 'session handling', 'the TLS layer', 'a template helper'])}`,
      severity,
      cvss,
      epss: special ? special[3] : random.next() ** 6,
      kev: special ? special[4] : random.next() < 0.012,
      ransomware: special ? special[5] : random.next() < 0.003,
      published: ago(86400 * (3 + random.int(3000))),
      pkg,
      fixed: special
        ? special[6][3]
        : random.next() < 0.72
          ? `${pkg.version.replace(/^(\d+)/, (d) => String(Number(d) + 1))}`
          : null,
    });
  }

  const count = n.findings;
  const room = Math.ceil(count * 1.02) + 2000;
  const f = {
    count,
    asset: new Uint32Array(room),
    vuln: new Uint32Array(room),
    score: new Float32Array(room),
    usage: new Uint8Array(room),
    seen: new Uint32Array(room),
    status: new Uint8Array(room),
  };
  for (let i = 0; i < count; i++) {
    const asset = assets[random.int(assets.length)];
    const vuln = vulnerabilities[Math.floor(random.next() ** 1.7 * vulnerabilities.length)];
    fill(f, i, asset, vuln, random.next());
    f.seen[i] = 60 + Math.floor(random.next() ** 3 * 86400 * 28);
    vuln.pkg.assets.add(asset.index);
  }
  const fleet = { n, assets, images, hosts, containers, packages, vulnerabilities, f, random };
  sortFindings(fleet);
  countAll(fleet);
  return fleet;
}

export function fill(f, i, asset, vuln, draw) {
  f.asset[i] = asset.index;
  f.vuln[i] = vuln.index;
  const usage = asset.kind === 'image' ? 3 : draw < 0.16 ? 0 : draw < 0.3 ? 1 : 2; // loaded, live-runtime, idle, unknown
  f.usage[i] = usage;
  const impact = ((vuln.cvss ?? 5) / 10) ** 1.6;
  let miss = 0.45 * 0.65 * (1 - 0.5 * Math.sqrt(vuln.epss));
  if (vuln.kev) miss *= 0.2;
  if (usage === 0) miss *= { public: 0.35, any: 0.55, private: 0.6 }[asset.exposure] ?? 0.92;
  const lifted = 1 - (1 - impact) * (vuln.kev ? 0.3 : 1) * (1 - 0.3 * vuln.epss);
  f.score[i] = 100 * lifted * (1 - miss) * [1, 0.7, 0.585, 0.78][usage];
}

export function sortFindings(fleet) {
  const { f } = fleet;
  fleet.order = new Uint32Array(f.count);
  for (let i = 0; i < f.count; i++) fleet.order[i] = i;
  fleet.order.sort((a, b) => f.score[b] - f.score[a] || a - b);
}

export function countAll(fleet) {
  const { f, assets, vulnerabilities, packages } = fleet;
  for (const a of assets) Object.assign(a, { counts: [0, 0, 0, 0, 0, 0], score: 0 });
  for (const v of vulnerabilities)
    Object.assign(v, { findings: 0, loaded: 0, exposed: 0, score: 0, assets: new Set() });
  for (const p of packages) p.counts = [0, 0, 0, 0, 0, 0];
  for (const v of vulnerabilities) v.pkg.counts[v.severity]++;
  fleet.open = [0, 0, 0, 0, 0, 0];
  Object.assign(fleet, { masked: 0, kev: 0, loaded: 0, exposed: 0 });
  for (let i = 0; i < f.count; i++) {
    const v = vulnerabilities[f.vuln[i]];
    const a = assets[f.asset[i]];
    if (f.status[i] === 1) {
      fleet.masked++;
      continue;
    }
    if (f.status[i] !== 0) continue;
    fleet.open[v.severity]++;
    a.counts[v.severity]++;
    if (f.score[i] > a.score) a.score = f.score[i];
    if (f.score[i] > v.score) {
      v.score = f.score[i];
      v.top = i;
    }
    v.findings++;
    v.assets.add(a.index);
    if (v.kev) fleet.kev++;
    if (f.usage[i] === 0) {
      v.loaded++;
      fleet.loaded++;
      if (reachWords.indexOf(a.exposure) < 3) {
        v.exposed++;
        fleet.exposed++;
      }
    }
  }
  for (const p of packages) p.score = 0;
  for (const v of vulnerabilities) v.pkg.score = Math.max(v.pkg.score, v.score);
}
