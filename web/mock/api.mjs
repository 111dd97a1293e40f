// The mock's answers. Shapes follow docs/openapi.yaml; nothing here is the console's code.
import { makeContent } from './content.mjs';
import { ago, countAll, fill, hex, makeFleet, severityWords, sortFindings } from './data.mjs';
import { topology } from './topology.mjs';

const usageWords = ['loaded', 'live-runtime', 'idle', 'unknown'];
const statusWords = ['open', 'masked', 'resolved'];
const counts = (list) => Object.fromEntries(severityWords.map((word, i) => [word, list?.[i] ?? 0]));
const day = 86400;

export function api(size) {
  const fleet = makeFleet(size);
  const { assets, hosts, containers, images, packages, vulnerabilities, f } = fleet;
  const started = Date.now();
  const users = [
    {
      id: '1',
      name: 'admin',
      role: 'admin',
      password: 'mock-password',
      disabled: false,
      must_change_password: false,
      created_at: ago(90 * day),
      last_login_at: ago(60),
    },
    {
      id: '2',
      name: 'new',
      role: 'admin',
      password: 'one-time-word',
      disabled: false,
      must_change_password: true,
      created_at: ago(60),
      last_login_at: null,
    },
    {
      id: '3',
      name: 'ada',
      role: 'user',
      password: 'mock-password',
      disabled: false,
      must_change_password: false,
      created_at: ago(30 * day),
      last_login_at: ago(day),
    },
    {
      id: '4',
      name: 'reader',
      role: 'read-only',
      password: 'mock-password',
      disabled: false,
      must_change_password: false,
      created_at: ago(10 * day),
      last_login_at: null,
    },
  ];
  const sessions = new Map();
  const masks = [];
  const jobs = [];
  const running = new Map();
  const imported = [];
  let tokens = [
    {
      id: '1',
      name: 'ci',
      role: 'read-only',
      hint: 'weir_3f9a',
      created_at: ago(20 * day),
      expires_at: ago(-70 * day),
      last_used_at: ago(1800),
    },
  ];
  let enrolments = [
    {
      id: '1',
      name: 'rack 7',
      max_uses: 40,
      uses: 12,
      created_at: ago(7200),
      created_by: 'admin',
      expires_at: ago(-16 * 3600),
    },
  ];
  let webhooks = [
    {
      id: '1',
      name: 'on-call',
      url: 'https://hooks.example.org/weir',
      min_severity: 'high',
      min_score: 70,
      created_at: ago(9 * day),
      created_by: 'admin',
      pending: 3,
      delivered: 412,
      state: 'retrying',
      last_status: 503,
      last_error: 'the server answered 503',
      last_delivery_at: ago(600),
    },
  ];
  const settings = {
    scan_interval_hours: 24,
    update_interval_hours: 6,
    feed_mirror: '',
    resolved_retention_days: 90,
    gone_asset_retention_days: 30,
    connection_retention_days: 7,
    audit_retention_days: 365,
    scans_kept: 30,
    session_idle_minutes: 60,
    session_max_hours: 24,
    allowed_hosts: ['weir.example.org'],
    webhook_allow_internal: false,
    public_url: '',
  };
  const update = {
    running: false,
    source: '',
    step: '',
    done_bytes: 0,
    total_bytes: 0,
    last_finished_at: ago(5400),
    last_error: '',
    interval_hours: 6,
  };
  const audit = [];
  let nextId = 100;
  const id = () => String(nextId++);

  const streams = new Set();
  let eventId = 0;
  const emit = (type, data = {}) => {
    const text = `id: ${++eventId}\nevent: ${type}\ndata: ${JSON.stringify({ type, at: ago(0), ...data })}\n\n`;
    for (const stream of streams) stream.write(text);
  };
  setInterval(() => {
    const host = hosts[Math.floor(Math.random() * hosts.length)];
    if (host) emit('inventory', { asset_id: host.id });
  }, 3000).unref();
  setInterval(() => {
    for (const [key, scan] of running) {
      scan.done += 9 + Math.floor(Math.random() * 12);
      if (scan.done >= 100) {
        running.delete(key);
        scan.job.state = 'done';
        scan.job.finished_at = ago(0);
        scan.asset.scanned = 0;
        content.found(scan.asset);
        emit('scan', {
          scan_id: key,
          asset_id: scan.asset.id,
          asset_name: scan.asset.name,
          state: 'done',
          new: 2,
          resolved: 1,
        });
        emit('job', { job_id: scan.job.id, state: 'done' });
      } else
        emit('scan', {
          scan_id: key,
          asset_id: scan.asset.id,
          asset_name: scan.asset.name,
          state: 'running',
          phase: 'reading',
          files: scan.done * 311,
          fraction: scan.done / 100,
        });
    }
  }, 500).unref();

  const assetRow = (a) => ({
    id: a.id,
    kind: a.kind,
    key: a.key,
    name: a.name,
    state: a.state,
    host_id: a.host?.id ?? null,
    host_name: a.host?.name ?? '',
    image: a.kind === 'container' ? a.image.name : a.kind === 'image' ? a.name : '',
    runtime: a.kind === 'host' ? '' : 'containerd',
    pod: a.pod ?? '',
    os: a.os,
    privileged: a.privileged ?? false,
    exposure: a.exposure,
    score: Math.max(a.score, a.contentScore ?? 0),
    findings: counts(a.counts),
    ...content.countsOf(a),
    packages: a.index % 97 === 96 ? 0 : 140 + (a.index % 400),
    scan_state:
      a.index % 97 === 96
        ? 'never'
        : a.index % 71 === 70
          ? 'failed'
          : [...running.values()].some((s) => s.asset === a)
            ? 'running'
            : 'done',
    first_seen: ago(day * (2 + (a.index % 90))),
    last_seen: a.state === 'gone' ? ago(3 * day) : ago(a.index % 20),
    last_scan_at: a.index % 97 === 96 ? null : ago(a.scanned ?? (a.index * 37) % day),
  });
  const vulnRow = (v) => ({
    id: v.id,
    aliases: v.aliases,
    summary: v.summary,
    severity: severityWords[v.severity],
    cvss: v.cvss,
    epss: v.epss,
    known_exploited: v.kev,
    ransomware: v.ransomware,
    published: v.published,
    score: v.score,
    assets: v.assets.size,
    findings: v.findings,
    loaded: v.loaded,
    exposed: v.exposed,
    fixable: v.fixed !== null,
    packages: [v.pkg.name],
  });
  const findingRow = (i) => {
    const a = assets[f.asset[i]];
    const v = vulnerabilities[f.vuln[i]];
    return {
      id: `${a.id}-${i}`,
      asset_id: a.id,
      asset_name: a.name,
      asset_kind: a.kind,
      host_name: a.host?.name ?? (a.kind === 'host' ? a.name : ''),
      vulnerability: v.id,
      summary: v.summary,
      severity: severityWords[v.severity],
      cvss: v.cvss,
      epss: v.epss,
      known_exploited: v.kev,
      ransomware: v.ransomware,
      package_id: v.pkg.id,
      package_name: v.pkg.name,
      package_version: v.pkg.version,
      package_type: v.pkg.type,
      fix_state: v.fixed ? 'fixed' : 'not-fixed',
      fixed_versions: v.fixed ? [v.fixed] : [],
      usage: usageWords[f.usage[i]],
      exposure: f.usage[i] === 0 ? a.exposure : 'none',
      score: f.score[i],
      status: statusWords[f.status[i]],
      first_seen: ago(f.seen[i] + (Date.now() - started) / 1000),
      resolved_at: f.status[i] === 2 ? ago(3600) : null,
    };
  };
  const location = (p) =>
    ({
      deb: 'var/lib/dpkg/status',
      apk: 'lib/apk/db/installed',
      rpm: 'usr/lib/sysimage/rpm/rpmdb.sqlite',
      maven: `opt/app/lib/${p.name.split(':').pop()}-${p.version}.jar`,
      npm: `srv/app/node_modules/${p.name}/package.json`,
      golang: 'usr/local/bin/service',
    })[p.type] ?? `usr/lib/${p.type}/${p.name}`;
  const facts = (v) => ({
    id: v.id,
    aliases: v.aliases,
    source: v.pkg.type === 'deb' ? 'debian-tracker' : `osv:${v.pkg.type}`,
    summary: v.summary,
    severity: severityWords[v.severity],
    severity_source: 'cvss',
    cvss:
      v.cvss === null
        ? []
        : [{ version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', base_score: v.cvss }],
    cwes: ['CWE-502', 'CWE-20'],
    references: [`https://nvd.nist.gov/vuln/detail/${v.id}`, 'https://github.com/advisories'],
    published: v.published,
    modified: ago(5 * day),
    known_exploited: v.kev,
    known_exploited_since: v.kev ? '2021-12-10' : '',
    ransomware: v.ransomware,
    epss: v.epss,
    epss_percentile: Math.min(0.999, 0.5 + v.epss / 2),
  });
  const packageRow = (p) => ({
    id: p.id,
    type: p.type,
    name: p.name,
    version: p.version,

    purl: `pkg:${p.type}/${p.name.replace(':', '/')}@${p.version}`,
    ecosystem: p.type === 'deb' ? 'Debian:12' : p.type,
    assets: p.assets.size,
    findings: counts(p.counts),
    score: p.score,
  });
  const scanRow = (a, k = 0) => {
    const failed = a.index % 71 === 70 && k === 0;
    return {
      id: `${a.id}s${k}`,
      asset_id: a.id,
      asset_name: a.name,
      asset_kind: a.kind,
      state: failed ? 'failed' : 'done',
      reason: ['change', 'schedule', 'requested', 'start'][(a.index + k) % 4],
      started_at: ago((a.scanned ?? (a.index * 37) % day) + k * day + 4),
      finished_at: ago((a.scanned ?? (a.index * 37) % day) + k * day),
      duration_ms: 900 + ((a.index * 131) % 6000),
      packages: 140 + (a.index % 400),
      findings: counts(a.counts),
      ...content.numbers(a),
      new: (a.index + k) % 5,
      resolved: (a.index + k) % 3,
      problems: a.index % 6 === 0 ? 2 : 0,
      error: failed ? 'the sensor could not read the image: no space left on device' : '',
    };
  };
  const liveScan = ([key, s]) => ({
    ...scanRow(s.asset),
    id: key,
    state: 'running',
    reason: 'requested',
    started_at: s.job.created_at,
    finished_at: null,
    duration_ms: null,
  });
  const content = makeContent({ fleet, size, page: (...all) => page(...all), assetRow, emit, id });
  const coverage = (a) => [
    { ecosystem: 'Debian:12', packages: 130, sources: ['debian-tracker', 'osv:Debian'], starter_only: false },
    { ecosystem: 'npm', packages: 41, sources: ['osv:npm'], starter_only: false },
    ...(a.index % 3 === 0
      ? [
          { ecosystem: 'Conda', packages: 12, sources: [], starter_only: false },
          { ecosystem: 'Maven', packages: 7, sources: ['starter'], starter_only: true },
        ]
      : []),
  ];
  const problems = (a) =>
    a.index % 6 === 0
      ? [
          { path: 'opt/legacy/app.jar', message: 'malformed: the central directory is cut off', count: 1 },
          { path: 'root/.cache', message: 'permission denied', count: 14 },
        ]
      : [];
  const processesOf = (a) => {
    const list = [];
    const names = [
      'nginx',
      'java',
      'node',
      'python3',
      'postgres',
      'redis-server',
      'sshd',
      'systemd',
      'containerd',
      'cron',
    ];
    const many = a.kind === 'host' ? 38 : a.kind === 'container' && a.state === 'running' ? 4 : 0;
    for (let i = 0; i < many; i++) {
      const name = names[(a.index + i) % names.length];
      list.push({
        pid: 100 + i * 17,
        parent: i ? 100 : 1,
        name,
        executable: `usr/bin/${name}`,
        arguments: [`/usr/bin/${name}`, '-c', `/etc/${name}.conf`, '--password=***'],
        user: i % 3 ? 'app' : 'root',

        privileged: i === 1,
        asset_id: a.id,
        asset_name: a.name,
        listening:
          i < 2
            ? [
                {
                  protocol: 'tcp',
                  address: '0.0.0.0',
                  port: 8000 + i,
                  reach: a.exposure === 'none' ? 'private' : a.exposure,
                },
              ]
            : [],
        connections: i % 5,
        running: true,
        first_seen: ago(3600 * (i + 1)),
      });
    }
    return list;
  };
  const connectionsOf = (a) => {
    const list = [];
    for (let i = 0; i < (a.kind === 'image' ? 0 : 24); i++) {
      const inbound = i % 3 === 0;
      const other = containers[(a.index * 31 + i * 7) % containers.length];
      list.push({
        count: 1 + (i % 3),
        process: ['nginx', 'java', 'node'][i % 3],
        asset_id: a.id,
        protocol: 'tcp',
        local_address: '10.1.4.7',
        local_port: inbound ? 8000 : 0,
        remote_address: i % 4 === 0 ? '203.0.113.9' : `10.1.${i}.20`,
        remote_port: inbound ? 0 : 5432,
        inbound,
        remote_reach: i % 4 === 0 ? 'public' : 'private',
        remote_asset_id: i % 4 === 0 ? null : other.id,
        remote_name: i % 4 === 0 ? '' : other.name,
        open: i % 5 !== 0,
        first_seen: ago(7200 * (i + 1)),
        last_seen: ago(i * 40),
      });
    }
    return list;
  };

  const detail = (i) => {
    const a = assets[f.asset[i]];
    const v = vulnerabilities[f.vuln[i]];
    const row = findingRow(i);
    const score = f.score[i];
    const share = [
      [
        'severity',
        0.42,
        v.cvss === null
          ? 'no CVSS score is known: counted as medium'
          : `CVSS 3.1 base score ${v.cvss.toFixed(1)}`,
      ],
      ['network-vector', 0.16, 'exploitable over the network'],
    ];
    if (v.kev)
      share.push([
        'known-exploited',
        0.3,
        "in CISA's catalogue of known exploited vulnerabilities since 2021-12-10",
      ]);
    if (v.epss > 0.01)
      share.push([
        'epss',
        0.12,
        `EPSS ${(v.epss * 100).toFixed(1)} %: the chance that it is exploited within 30 days`,
      ]);
    if (row.usage === 'loaded' && row.exposure !== 'none')
      share.push([
        `listening-${row.exposure}`,
        0.18,
        `java (pid 117) listens on 0.0.0.0:8001, where ${row.exposure} addresses lead`,
      ]);
    if (v.fixed) share.push(['fix-available', 0.03, `fixed in ${v.fixed}`]);
    const use = {
      loaded: ['loaded', 0, 'mapped by java (pid 117)'],
      'live-runtime': ['live-runtime', -0.14, 'an interpreter runs that can import it, but was not seen to'],
      idle: ['idle', -0.22, 'everything that runs was looked at, and nothing uses it'],
      unknown: ['unknown-usage', -0.1, 'nothing is known of what runs'],
    }[row.usage];
    const sum = share.reduce((total, part) => total + part[1], use[1]);
    const reasons = [...share, use].map(([factor, part, text]) => ({
      factor,
      points: Math.round((part / sum) * score * 10) / 10,
      detail: text,
    }));
    reasons[0].points += Math.round((score - reasons.reduce((total, r) => total + r.points, 0)) * 10) / 10;
    const path = [];
    const step = (kind, title, text, extra = {}) =>
      path.push({ kind, title, detail: text, asset_id: null, pid: null, ...extra });
    if (row.usage === 'loaded') {
      if (row.exposure === 'public')
        step('network', 'The Internet', 'a connection from 203.0.113.9 was seen 2 min ago');
      else if (row.exposure !== 'none')
        step('network', 'Private network', 'a connection from 10.1.9.20 was seen 9 min ago');
      if (row.exposure !== 'none')
        step('listener', '0.0.0.0:8001/tcp', `reachable from ${row.exposure} addresses`, { pid: 117 });
      if (a.kind === 'container')
        step('container', a.name, `published on ${a.host.name}:8001`, { asset_id: a.id });
      step('process', 'java (pid 117)', 'runs as root', { asset_id: a.id, pid: 117 });
    } else if (a.kind === 'container') step('container', a.name, `on ${a.host.name}`, { asset_id: a.id });
    step('package', `${row.package_name} ${row.package_version}`, use[2]);
    step('weakness', v.id, v.summary);
    return {
      ...row,
      locations: [{ path: location(v.pkg), layer: '' }],
      usage_text: use[2],
      detail: facts(v),
      match: {
        kind: 'direct',
        name: v.pkg.name,
        ecosystem: v.pkg.type === 'deb' ? 'Debian:12' : v.pkg.type,
        affected: v.fixed ? `< ${v.fixed}` : 'all versions',
      },
      rank: { score, reasons },
      path,
      mask: f.status[i] === 1 ? (masks[0] ?? null) : null,
      asset: assetRow(a),
    };
  };

  // Filters of findings; the answer to one set of filters is kept until something changes.
  let cached = { key: '', list: null };
  const filterFindings = (q) => {
    const key =
      ['severity', 'status', 'q', 'asset', 'vulnerability', 'package', 'kev', 'fixable', 'loaded', 'sort']
        .map((name) => q.get(name) ?? '')
        .join('|') +
      fleet.f.count +
      masks.length;
    if (cached.key === key) return cached.list;
    const severity = (q.get('severity') ?? '')
      .split(',')
      .filter(Boolean)
      .map((w) => severityWords.indexOf(w));
    const status = statusWords.indexOf(q.get('status') ?? 'open');
    const text = (q.get('q') ?? '').toLowerCase();
    const asset = q.get('asset') ? Number(q.get('asset')) - 1 : -1;
    const wanted = q.get('vulnerability');
    const vulnOk = vulnerabilities.map(
      (v) =>
        (!severity.length || severity.includes(v.severity)) &&
        (!wanted || v.id === wanted || v.aliases.includes(wanted)) &&
        (!q.get('package') || v.pkg.id === q.get('package')) &&
        (q.get('kev') !== 'true' || v.kev) &&
        (q.get('fixable') !== 'true' || v.fixed !== null),
    );
    const vulnText = vulnerabilities.map(
      (v) => !text || v.id.toLowerCase().includes(text) || v.pkg.name.toLowerCase().includes(text),
    );
    const assetText = text ? assets.map((a) => a.name.toLowerCase().includes(text)) : null;
    const out = [];
    for (const i of fleet.order) {
      if (f.status[i] !== status || !vulnOk[f.vuln[i]]) continue;
      if (asset >= 0 && f.asset[i] !== asset) continue;
      if (text && !vulnText[f.vuln[i]] && !assetText[f.asset[i]]) continue;
      if (q.get('loaded') === 'true' && f.usage[i] !== 0) continue;
      out.push(i);
    }
    if (q.get('sort') === 'first_seen') out.sort((a, b) => f.seen[a] - f.seen[b]);
    cached = { key, list: out };
    return out;
  };
  const page = (list, q, row) => {
    const limit = Math.min(500, Number(q.get('limit') ?? 50));
    const from = q.get('cursor') ? Number(Buffer.from(q.get('cursor'), 'base64url').toString()) : 0;
    const items = Array.from(list.slice(from, from + limit), (item) => row(item));
    const next = from + limit < list.length ? Buffer.from(String(from + limit)).toString('base64url') : null;
    return { items, next_cursor: next, total: list.length };
  };
  const filterAssets = (q) => {
    const text = (q.get('q') ?? '').toLowerCase();
    const worst = severityWords.indexOf(q.get('severity') ?? '');
    const list = assets.filter(
      (a) =>
        (!q.get('kind') || a.kind === q.get('kind')) &&
        (!q.get('state') || a.state === q.get('state')) &&
        (!q.get('host') || a.host?.id === q.get('host')) &&
        (!text || a.name.toLowerCase().includes(text) || a.image?.name.includes(text)) &&
        (!q.get('has') || content.has(a, q.get('has'))) &&
        (worst < 0 || a.counts.slice(0, worst + 1).some(Boolean)),
    );
    const total = (a) => a.counts.reduce((x, y) => x + y, 0);
    const by = {
      name: (a, b) => a.name.localeCompare(b.name),
      last_seen: (a, b) => a.index - b.index,
      findings: (a, b) => total(b) - total(a),
      score: (a, b) => Math.max(b.score, b.contentScore ?? 0) - Math.max(a.score, a.contentScore ?? 0),
    }[q.get('sort') ?? 'score'];
    return list.sort(by);
  };
  const filterVulnerabilities = (q) => {
    const severity = (q.get('severity') ?? '')
      .split(',')
      .filter(Boolean)
      .map((w) => severityWords.indexOf(w));
    const text = (q.get('q') ?? '').toLowerCase();
    const list = vulnerabilities.filter(
      (v) =>
        v.findings > 0 &&
        (!severity.length || severity.includes(v.severity)) &&
        (q.get('kev') !== 'true' || v.kev) &&
        (q.get('fixable') !== 'true' || v.fixed !== null) &&
        (!text ||
          v.id.toLowerCase().includes(text) ||
          v.summary.toLowerCase().includes(text) ||
          v.pkg.name.toLowerCase().includes(text)),
    );
    const by = {
      assets: (a, b) => b.assets.size - a.assets.size,
      published: (a, b) => (a.published < b.published ? 1 : -1),
      score: (a, b) => b.score - a.score,
    }[q.get('sort') ?? 'score'];
    return list.sort(by);
  };
  const filterPackages = (q) => {
    const text = (q.get('q') ?? '').toLowerCase();
    return packages
      .filter(
        (p) =>
          p.assets.size > 0 &&
          (!text ||
            p.name.toLowerCase().includes(text) ||
            `${p.name}@${p.version}`.toLowerCase().includes(text)),
      )
      .sort((a, b) => b.score - a.score);
  };
  const sources = () =>
    [
      ['osv:PyPI', 0.06, 18204, ''],
      ['osv:npm', 0.06, 24531, ''],
      ['osv:Go', 0.06, 6120, ''],
      ['osv:Maven', 0.06, 7012, ''],
      ['debian-tracker', 0.1, 46120, ''],
      ['nvd', 12, 281230, 'the server answered 503 three times'],
      ['kev', 0.06, 1412, ''],
      ['epss', 0.06, 289011, ''],
      ['starter', 0, 24, ''],
    ].map(([name, age, records, error]) => ({
      name,
      fetched_at: name === 'starter' ? null : ago(age * day),
      data_date: name === 'starter' ? '2026-11-01' : ago(age * day).slice(0, 10),
      stale: age > 1,
      url: name === 'starter' ? 'built in' : `https://feeds.example.org/${name.replace(':', '/')}`,
      records,
      used: Math.floor(records * 0.99),
      malformed: name === 'nvd' ? 3 : 0,
      last_error: error,
    }));

  const overview = () => ({
    assets: {
      host: hosts.length,
      container: containers.length,
      image: images.length,
      running: containers.filter((c) => c.state === 'running').length,
    },
    sensors: {
      online: hosts.filter((h) => h.state === 'running').length,
      offline: hosts.filter((h) => h.state !== 'running').length,
    },
    findings: {
      open: counts(fleet.open),
      masked: fleet.masked,
      known_exploited: fleet.kev,
      loaded: fleet.loaded,
      exposed: fleet.exposed,
    },
    content: content.overview(),
    fix_first: filterVulnerabilities(new URLSearchParams()).slice(0, 10).map(vulnRow),
    trend: Array.from({ length: size === 'empty' ? 0 : 30 }, (_, i) => {
      const factor = 1.25 - i * 0.0085 + 0.06 * Math.sin(i * 0.9) + (i > 20 && i < 24 ? 0.12 : 0);
      return {
        day: ago((29 - i) * day).slice(0, 10),
        open: counts(fleet.open.map((c, s) => Math.round(c * (i === 29 ? 1 : factor + 0.02 * s)))),
        new: Math.round(fleet.f.count * 0.004 * (1 + Math.sin(i))) + 3,
        resolved: Math.round(fleet.f.count * 0.005 * (1 + Math.cos(i * 0.7))) + 2,
      };
    }),
    coverage_gaps: [
      {
        kind: 'ecosystem',
        message: 'no advisories for Conda: 4,104 packages in 342 assets are unchecked',
        count: 342,
        ecosystem: 'Conda',
      },
      {
        kind: 'starter',
        message: 'only the built-in set knows Maven: 2,394 packages are barely checked',
        count: 342,
        ecosystem: 'Maven',
      },
      {
        kind: 'sensor-offline',
        message: `${hosts.filter((h) => h.state === 'gone').length} hosts have a sensor that is offline`,
        count: hosts.filter((h) => h.state === 'gone').length,
      },
      {
        kind: 'feed',
        message: 'nvd has not been updated for 12 days: the server answered 503 three times',
        count: 1,
      },
    ],
    feeds: sources().map(({ name, fetched_at, data_date, stale }) => ({
      name,
      fetched_at,
      data_date,
      stale,
    })),
    running_scans: [...running].map(liveScan),
    recent_scans: assets.slice(-8).map((a) => scanRow(a)),
    generated_at: ago(0),
  });

  const importAdvisories = (body) => {
    const begun = performance.now();
    let documents;
    try {
      documents = [JSON.parse(body)].flat();
    } catch {
      if (!/^\s*(advisories|- id|id):/m.test(body)) return null;
      documents = [{ id: (/id:\s*(\S+)/.exec(body) ?? [])[1] ?? 'LOCAL-1', summary: 'from YAML' }];
    }
    let added = 0;
    const touched = new Set();
    for (const document of documents) {
      const name = document.affected?.[0]?.package?.name ?? 'lodash';
      const pkg = packages.find((p) => p.name === name && p.assets.size > 0) ?? packages[0];
      const vuln = {
        index: vulnerabilities.length,
        id: document.id ?? 'LOCAL-1',
        aliases: [],
        summary: document.summary ?? '',
        severity: 0,
        cvss: 9.8,
        epss: 0.5,
        kev: true,
        ransomware: false,
        published: ago(60),
        pkg,
        fixed: null,
      };
      vulnerabilities.push(vuln);
      for (const index of [...pkg.assets].slice(0, 300)) {
        fill(f, f.count, assets[index], vuln, 0.1);
        f.seen[f.count] = 0;
        f.count++;
        added++;
        touched.add(index);
      }
      imported.push({ id: vuln.id, summary: vuln.summary, imported_at: ago(0), imported_by: 'admin' });
    }
    sortFindings(fleet);
    countAll(fleet);
    emit('advisory', { what: 'import', advisories: documents.length, new_findings: added });
    emit('finding', {
      new: added,
      resolved: 0,
      changed: 0,
      severity: 'critical',
      score: 90,
      vulnerability: documents[0].id,
    });
    return {
      imported: documents.length,
      malformed: 0,
      first_error: '',
      ids: documents.map((d) => d.id),
      packages: documents.length,
      assets: touched.size,
      new_findings: added,
      elapsed_ms: performance.now() - begun,
    };
  };

  const routes = [
    ['GET', '/overview', 'read-only', () => overview()],
    ['GET', '/assets', 'read-only', ({ q }) => page(filterAssets(q), q, assetRow)],
    [
      'GET',
      '/assets/:id',
      'read-only',
      ({ a }) => ({
        ...assetRow(a),
        image_id: a.image?.id ?? null,
        kernel: a.kind === 'host' ? '6.1.0-28-amd64' : '',
        addresses: a.kind === 'host' ? ['10.1.4.7', '203.0.113.40'] : [],
        labels:
          a.kind === 'container'
            ? { 'io.kubernetes.pod.namespace': a.pod.split('/')[0], team: 'shop' }
            : { environment: 'production' },
        ports: a.kind === 'container' ? [{ host_port: 8001, container_port: 8080 }] : [],
        containers:
          a.kind === 'container' ? 0 : containers.filter((c) => c.host === a || c.image === a).length,
        processes: processesOf(a).length,
        connections: connectionsOf(a).length,
        coverage: a.index % 97 === 96 ? [] : coverage(a),
        problems: problems(a),
        content_scans: content.scans(a),
        sensor:
          a.kind === 'image'
            ? null
            : { id: `s${(a.host ?? a).id}`, state: (a.host ?? a).state === 'running' ? 'online' : 'offline' },
        last_scan_error:
          a.index % 71 === 70 ? 'the sensor could not read the image: no space left on device' : '',
      }),
    ],
    ['DELETE', '/assets/:id', 'admin', () => undefined],
    [
      'GET',
      '/assets/:id/packages',
      'read-only',
      ({ a, q }) =>
        page(
          packages.filter(
            (p, i) =>
              (p.assets.has(a.index) || (i + a.index) % 41 === 0) &&
              p.name.includes((q.get('q') ?? '').toLowerCase()),
          ),
          q,
          (p) => ({
            ...packageRow(p),
            licenses: p.licenses,
            location: location(p),
            declared: p.index % 9 === 0,
            usage: usageWords[(p.index + a.index) % 4],
            used_by: (p.index + a.index) % 4 === 0 ? 'mapped by java (pid 117)' : '',
          }),
        ),
    ],
    ['GET', '/assets/:id/processes', 'read-only', ({ a, q }) => page(processesOf(a), q, (x) => x)],
    ['GET', '/assets/:id/connections', 'read-only', ({ a, q }) => page(connectionsOf(a), q, (x) => x)],
    [
      'GET',
      '/assets/:id/scans',
      'read-only',
      ({ a, q }) =>
        page(a.index % 97 === 96 ? [] : Array.from({ length: 12 }, (_, k) => scanRow(a, k)), q, (x) => x),
    ],
    [
      'GET',
      '/assets/:id/sbom',
      'read-only',
      ({ a }) => ({
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        metadata: { component: { name: a.name } },
        components: [],
      }),
    ],
    [
      'GET',
      '/topology',
      'read-only',
      ({ q }) => topology(fleet, q.get('level') ?? 'container', q.get('root'), processesOf),
    ],
    ['GET', '/findings', 'read-only', ({ q }) => page(filterFindings(q), q, findingRow)],
    [
      'GET',
      '/findings/:id',
      'read-only',
      ({ id: key }) => {
        const i = Number(key.split('-')[1]);
        return i < f.count ? detail(i) : null;
      },
    ],
    ['GET', '/vulnerabilities', 'read-only', ({ q }) => page(filterVulnerabilities(q), q, vulnRow)],
    [
      'GET',
      '/vulnerabilities/:id',
      'read-only',
      ({ id: key }) => {
        const v = vulnerabilities.find((x) => x.id === key || x.aliases.includes(key));
        return v
          ? {
              ...vulnRow(v),
              detail: facts(v),
              affected_packages: [
                {
                  id: v.pkg.id,
                  type: v.pkg.type,
                  name: v.pkg.name,
                  version: v.pkg.version,
                  affected: v.fixed ? `< ${v.fixed}` : 'all versions',
                  fix_state: v.fixed ? 'fixed' : 'not-fixed',
                  fixed_versions: v.fixed ? [v.fixed] : [],
                  assets: v.assets.size,
                },
              ],
              top_finding: v.top === undefined ? null : `${assets[f.asset[v.top]].id}-${v.top}`,
            }
          : null;
      },
    ],
    ['GET', '/packages', 'read-only', ({ q }) => page(filterPackages(q), q, packageRow)],
    [
      'GET',
      '/packages/:id/assets',
      'read-only',
      ({ id: key, q }) => {
        const p = packages.find((x) => x.id === key);
        return p
          ? page([...p.assets], q, (i) => ({
              asset_id: assets[i].id,
              asset_name: assets[i].name,
              asset_kind: assets[i].kind,
              host_name: assets[i].host?.name ?? '',
              state: assets[i].state,
              location: location(p),
              usage: usageWords[(p.index + i) % 4],
              used_by: (p.index + i) % 4 === 0 ? 'mapped by java (pid 117)' : '',
              score: assets[i].score,
            }))
          : null;
      },
    ],
    [
      'GET',
      '/export/:id',
      'read-only',
      ({ id: list, q }) => {
        const one = new URLSearchParams(q);
        one.set('limit', '500');
        const rows = {
          findings: () => page(filterFindings(q), one, findingRow),
          vulnerabilities: () => page(filterVulnerabilities(q), one, vulnRow),
          assets: () => page(filterAssets(q), one, assetRow),
          packages: () => page(filterPackages(q), one, packageRow),
          'content-findings': () => page(content.filter(q), one, content.row),
        }[list]?.().items;
        return rows ?? null;
      },
    ],
    ...content.routes,
    ['GET', '/masks', 'read-only', ({ q }) => page(masks, q, (m) => m)],
    [
      'POST',
      '/masks',
      'user',
      ({ body, user }) => {
        const hidden = content.mask(body);
        if (hidden) {
          const mask = {
            id: id(),
            scope: body.scope,
            ...hidden.fields,
            reason: body.reason,
            created_by: user.name,
            created_at: ago(0),
            expires_at: body.expires_at ?? null,
            expired: false,
          };
          masks.unshift(mask);
          hidden.apply(mask);
          emit('mask', { mask_id: mask.id });
          return [201, mask];
        }
        const i = body.finding ? Number(body.finding.split('-')[1]) : -1;
        const row = i >= 0 ? findingRow(i) : null;
        const vulnerability = row?.vulnerability ?? body.vulnerability;
        let hit = 0;
        for (let k = 0; k < f.count; k++) {
          if (vulnerabilities[f.vuln[k]].id !== vulnerability || f.status[k] !== 0) continue;
          if (body.scope === 'finding' && k !== i) continue;
          if (body.scope === 'image' && assets[f.asset[k]].image !== assets[f.asset[i]].image) continue;
          f.status[k] = 1;
          hit++;
        }
        const mask = {
          id: id(),
          scope: body.scope,
          kind: 'vulnerability',
          fingerprint: '',
          rule: '',
          title: '',
          vulnerability,
          package: row?.package_name ?? body.package ?? '',
          asset_id: body.scope === 'finding' ? row?.asset_id : null,
          asset_name: body.scope === 'finding' ? row?.asset_name : '',
          image: body.scope === 'image' ? (assets[f.asset[i]].image?.name ?? '') : '',
          reason: body.reason,
          created_by: user.name,
          created_at: ago(0),
          expires_at: body.expires_at ?? null,
          expired: false,
          findings: hit,
        };
        masks.unshift(mask);
        countAll(fleet);
        emit('mask', { mask_id: mask.id });
        emit('finding', { new: 0, resolved: 0, changed: hit });
        return [201, mask];
      },
    ],
    [
      'DELETE',
      '/masks/:id',
      'user',
      ({ id: key }) => {
        const at = masks.findIndex((m) => m.id === key);
        if (at < 0) return null;
        const [mask] = masks.splice(at, 1);
        if (mask.kind !== 'vulnerability') content.lift(mask);
        else
          for (let k = 0; k < f.count; k++)
            if (f.status[k] === 1 && vulnerabilities[f.vuln[k]].id === mask.vulnerability) f.status[k] = 0;
        countAll(fleet);
        emit('mask', { mask_id: key });
        return undefined;
      },
    ],
    [
      'GET',
      '/scans',
      'read-only',
      ({ q }) => {
        const state = q.get('state');
        const list = [...running].map(liveScan).concat(
          assets
            .filter((a) => a.index % 97 !== 96)
            .slice(-3000)
            .map((a) => scanRow(a))
            .sort((a, b) => (a.started_at < b.started_at ? 1 : -1)),
        );
        return page(
          list.filter((s) => !state || s.state === state),
          q,
          (x) => x,
        );
      },
    ],
    [
      'POST',
      '/scans',
      'user',
      ({ body, user }) => {
        const made = (body.asset_ids ?? []).map((key) => {
          const asset = assets[Number(key) - 1];
          const job = {
            id: id(),
            kind: 'scan',
            state: 'running',
            asset_id: key,
            asset_name: asset.name,
            created_by: user.name,
            created_at: ago(0),
            finished_at: null,
            error: '',
            scan_id: null,
          };
          job.scan_id = `r${job.id}`;
          jobs.unshift(job);
          running.set(job.scan_id, { asset, job, done: 0 });
          emit('job', { job_id: job.id, state: 'running' });
          return job;
        });
        return [202, { jobs: made }];
      },
    ],
    [
      'GET',
      '/scans/:id',
      'read-only',
      ({ id: key }) => {
        const [asset, k] = key.split('s');
        const a = assets[Number(asset) - 1];
        return a
          ? {
              ...scanRow(a, Number(k)),
              coverage: coverage(a),
              problem_list: problems(a),
              content_scans: content.scans(a),
              previous_id: `${asset}s${Number(k) + 1}`,
            }
          : null;
      },
    ],
    [
      'GET',
      '/scans/:id/compare',
      'read-only',
      ({ id: key, q }) => {
        const [asset, k] = key.split('s');
        const a = assets[Number(asset) - 1];
        const other = Number((q.get('with') ?? '').split('s')[1] || Number(k) + 1);
        return {
          from: scanRow(a, other),
          to: scanRow(a, Number(k)),
          packages_added: [{ type: 'npm', name: 'axios', version: '1.7.2' }],
          packages_removed: [{ type: 'npm', name: 'request', version: '2.88.0' }],
          packages_changed: [
            { type: 'deb', name: 'libssl3', from_version: '3.0.14-1', to_version: '3.0.15-1' },
            { type: 'deb', name: 'curl', from_version: '7.88.1-10', to_version: '7.88.1-10+deb12u8' },
          ],
          findings_added: [
            {
              vulnerability: 'CVE-2025-1111',
              severity: 'medium',
              package_name: 'axios',
              package_version: '1.7.2',
            },
          ],
          findings_removed: [
            {
              vulnerability: 'CVE-2024-6119',
              severity: 'high',
              package_name: 'libssl3',
              package_version: '3.0.14-1',
            },
          ],
          content_added: content.compared(a),
          content_removed: [],
          truncated: false,
        };
      },
    ],
    [
      'GET',
      '/jobs',
      'read-only',
      ({ q }) =>
        page(
          jobs.filter((j) => !q.get('state') || j.state === q.get('state')),
          q,
          (x) => x,
        ),
    ],
    [
      'GET',
      '/advisories/sources',
      'read-only',
      () => ({
        index: { kind: 'built', built_at: ago(5400), advisories: 412883, bytes: 118_000_000 },
        sources: sources(),
        imported,
        update,
        ecosystems: ['PyPI', 'npm', 'Go', 'Maven', 'Debian:12', 'Alpine:3.20'],
      }),
    ],
    [
      'POST',
      '/advisories',
      'user',
      ({ raw }) => {
        const answer = importAdvisories(raw);
        return (
          answer ?? [
            400,
            { title: 'Malformed', code: 'malformed', detail: 'neither JSON nor YAML that is known here' },
          ]
        );
      },
    ],
    [
      'POST',
      '/advisories/update',
      'user',
      () => {
        if (update.running)
          return [409, { title: 'Conflict', code: 'conflict', detail: 'an update is running' }];
        Object.assign(update, {
          running: true,
          source: 'osv:npm',
          step: 'fetch',
          done_bytes: 0,
          total_bytes: 60_000_000,
        });
        const timer = setInterval(() => {
          update.done_bytes += 9_000_000;
          if (update.done_bytes >= update.total_bytes) {
            clearInterval(timer);
            Object.assign(update, { running: false, step: '', last_finished_at: ago(0) });
          }
          emit('advisory', {
            what: 'update',
            running: update.running,
            source: update.source,
            step: update.step,
          });
        }, 500);
        emit('advisory', { what: 'update', running: true, source: update.source, step: 'fetch' });
        return [
          202,
          {
            id: id(),
            kind: 'update',
            state: 'running',
            asset_id: null,
            asset_name: '',
            created_by: 'admin',
            created_at: ago(0),
            finished_at: null,
            error: '',
            scan_id: null,
          },
        ];
      },
    ],
    ['GET', '/users', 'admin', ({ q }) => page(users, q, ({ password, ...user }) => user)],
    [
      'POST',
      '/users',
      'admin',
      ({ body }) => {
        const user = {
          id: id(),
          name: body.name,
          role: body.role,
          password: body.password ?? 'kiwi-lamp-94',
          disabled: false,
          must_change_password: true,
          created_at: ago(0),
          last_login_at: null,
        };
        users.push(user);
        const { password, ...shown } = user;
        return [201, { ...shown, ...(body.password ? {} : { one_time_password: password }) }];
      },
    ],
    [
      'PATCH',
      '/users/:id',
      'admin',
      ({ id: key, body }) => {
        const user = users.find((u) => u.id === key);
        if (!user) return null;
        if (body.role) user.role = body.role;
        if (body.disabled !== undefined) user.disabled = body.disabled;
        const { password, ...shown } = user;
        return { ...shown, ...(body.reset_password ? { one_time_password: 'plum-road-31' } : {}) };
      },
    ],
    [
      'DELETE',
      '/users/:id',
      'admin',
      ({ id: key }) => {
        const at = users.findIndex((u) => u.id === key);
        if (at < 0) return null;
        if (users[at].role === 'admin' && users.filter((u) => u.role === 'admin').length === 1)
          return [409, { title: 'Conflict', code: 'conflict', detail: 'the last admin stays' }];
        users.splice(at, 1);
        return undefined;
      },
    ],
    ['GET', '/tokens', 'read-only', ({ q }) => page(tokens, q, (x) => x)],
    [
      'POST',
      '/tokens',
      'read-only',
      ({ body }) => {
        const token = {
          id: id(),
          name: body.name,
          role: body.role ?? 'read-only',
          hint: 'weir_77ab',
          created_at: ago(0),
          expires_at: ago(-(body.expires_in_days ?? 90) * day),
          last_used_at: null,
        };
        tokens = [token, ...tokens];
        return [201, { ...token, secret: `weir_77ab${hex(body.name, 36)}` }];
      },
    ],
    [
      'DELETE',
      '/tokens/:id',
      'read-only',
      ({ id: key }) => {
        tokens = tokens.filter((t) => t.id !== key);
        return undefined;
      },
    ],
    ['GET', '/enrolment-tokens', 'admin', ({ q }) => page(enrolments, q, (x) => x)],
    [
      'POST',
      '/enrolment-tokens',
      'admin',
      ({ body }) => {
        const token = {
          id: id(),
          name: body.name ?? '',
          max_uses: body.max_uses ?? 1,
          uses: 0,
          created_at: ago(0),
          created_by: 'admin',
          expires_at: ago(-(body.expires_in_hours ?? 24) * 3600),
        };
        enrolments = [token, ...enrolments];
        const text = `weir1.${token.id}.${hex('secret', 32)}.${hex('ca', 64)}`;
        return [
          201,
          {
            ...token,
            token: text,
            command: `weir sensor --console https://weir.example.org:8443 --token ${text}`,
          },
        ];
      },
    ],
    [
      'DELETE',
      '/enrolment-tokens/:id',
      'admin',
      ({ id: key }) => {
        enrolments = enrolments.filter((t) => t.id !== key);
        return undefined;
      },
    ],
    [
      'GET',
      '/sensors',
      'read-only',
      ({ q }) =>
        page(hosts, q, (h) => ({
          id: `s${h.id}`,
          host_name: h.name,
          host_id: h.id,
          state: h.state === 'running' ? 'online' : 'offline',
          version: '0.1.0',
          address: `10.1.${h.index % 250}.${h.index % 199}`,
          enrolled_at: ago(30 * day),
          last_seen: h.state === 'running' ? ago(4) : ago(3 * day),
          certificate_expires_at: ago(-11 * day),
          revoked: false,
        })),
    ],
    ['DELETE', '/sensors/:id', 'admin', () => undefined],
    [
      'GET',
      '/audit',
      'admin',
      ({ q }) =>
        page(
          [...audit]
            .reverse()
            .concat(
              Array.from({ length: 240 }, (_, i) => ({
                id: `a${i}`,
                at: ago(600 * (i + 1)),
                actor: ['admin', 'ada', 'ci', 'system'][i % 4],
                actor_kind: ['user', 'user', 'token', 'system'][i % 4],
                action: ['createMask', 'startScans', 'login', 'importAdvisories'][i % 4],
                target: ['mask 12', 'asset 4', '', 'GHSA-xx'][i % 4],
                address: '10.1.9.2',
                outcome: i % 17 === 0 ? 'denied' : 'ok',
                detail: '',
              })),
            )
            .filter((e) =>
              `${e.actor} ${e.action} ${e.target}`.toLowerCase().includes((q.get('q') ?? '').toLowerCase()),
            ),
          q,
          (x) => x,
        ),
    ],
    ['GET', '/settings', 'read-only', () => settings],
    [
      'PUT',
      '/settings',
      'admin',
      ({ body }) => {
        Object.assign(settings, body);
        emit('settings');
        return settings;
      },
    ],
    ['GET', '/webhooks', 'admin', ({ q }) => page(webhooks, q, (x) => x)],
    [
      'POST',
      '/webhooks',
      'admin',
      ({ body }) => {
        const hook = {
          id: id(),
          name: '',
          min_severity: 'unknown',
          min_score: 0,
          ...body,
          created_at: ago(0),
          created_by: 'admin',
          pending: 0,
          delivered: 0,
          state: 'ok',
          last_status: null,
          last_error: '',
          last_delivery_at: null,
        };
        webhooks = [...webhooks, hook];
        return [201, { ...hook, secret: hex('hook', 40) }];
      },
    ],
    [
      'DELETE',
      '/webhooks/:id',
      'admin',
      ({ id: key }) => {
        webhooks = webhooks.filter((w) => w.id !== key);
        return undefined;
      },
    ],
    [
      'POST',
      '/webhooks/:id/test',
      'admin',
      () => ({ ok: false, status: 503, error: 'the server answered 503', elapsed_ms: 84.2 }),
    ],
  ].map(([method, path, role, run]) => ({ method, parts: path.split('/'), role, run }));

  const ranks = ['read-only', 'user', 'admin'];
  return (request, response, url, raw) => {
    const send = (status, value, headers = {}) => {
      const problem = status >= 400;
      response.writeHead(status, {
        'Content-Type': problem ? 'application/problem+json' : 'application/json',
        'Cache-Control': 'no-store',
        ...headers,
      });
      response.end(
        value === undefined
          ? ''
          : JSON.stringify(problem ? { type: 'about:blank', status, ...value } : value),
      );
    };
    const path = url.pathname.replace(/^\/api\/v1/, '');
    const cookie = /weir_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    const session = sessions.get(cookie);
    let body = {};
    try {
      if (raw) body = JSON.parse(raw);
    } catch {
      if (path !== '/advisories')
        return send(400, { title: 'Malformed', code: 'malformed', detail: 'the body is not JSON' });
    }
    const sessionValue = (s) => ({
      user: s.user.name,
      user_id: s.user.id,
      role: s.user.role,
      csrf_token: s.csrf,
      must_change_password: s.user.must_change_password,
      expires_at: ago(-day),
      version: '0.1.0',
    });
    if (path === '/session' && request.method === 'POST') {
      const user = users.find((u) => u.name === body.user && u.password === body.password && !u.disabled);
      if (!user)
        return send(401, {
          title: 'Unauthorized',
          code: 'unauthenticated',
          detail: 'user or password is wrong',
        });
      const key = hex(`${Date.now()}${Math.random()}`, 32);
      sessions.set(key, { user, csrf: hex(`c${key}`, 24) });
      return send(200, sessionValue(sessions.get(key)), {
        'Set-Cookie': `weir_session=${key}; HttpOnly; SameSite=Strict; Path=/`,
      });
    }
    if (!session)
      return send(401, { title: 'Unauthorized', code: 'unauthenticated', detail: 'log in first' });
    if (request.method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf)
      return send(403, { title: 'Forbidden', code: 'csrf', detail: 'the CSRF token is wrong' });
    if (path === '/session') {
      if (request.method === 'DELETE') sessions.delete(cookie);
      return request.method === 'DELETE' ? send(204) : send(200, sessionValue(session));
    }
    if (path === '/session/password') {
      if (body.old !== session.user.password)
        return send(403, {
          title: 'Forbidden',
          code: 'permission-denied',
          detail: 'the old password is wrong',
          field: 'old',
        });
      if ((body.new ?? '').length < 10)
        return send(400, {
          title: 'Invalid',
          code: 'invalid-argument',
          detail: 'a password has at least 10 characters',
          field: 'new',
        });
      Object.assign(session.user, { password: body.new, must_change_password: false });
      return send(200, sessionValue(session));
    }
    if (session.user.must_change_password)
      return send(403, {
        title: 'Forbidden',
        code: 'password-change-required',
        detail: 'change your password first',
      });
    if (path === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(': hello\n\n');
      streams.add(response);
      request.on('close', () => streams.delete(response));
      response.on('close', () => streams.delete(response));
      return;
    }
    const parts = path.split('/');
    const route = routes.find(
      (r) =>
        r.method === request.method &&
        r.parts.length === parts.length &&
        r.parts.every((p, i) => p.startsWith(':') || p === parts[i]),
    );
    if (!route) return send(404, { title: 'Not Found', code: 'not-found', detail: `nothing is at ${path}` });
    if (ranks.indexOf(session.user.role) < ranks.indexOf(route.role))
      return send(403, {
        title: 'Forbidden',
        code: 'permission-denied',
        detail: `this needs the role ${route.role}`,
      });
    const key = decodeURIComponent(parts[2] ?? '');
    const a = parts[1] === 'assets' && key ? assets[Number(key) - 1] : undefined;
    if (parts[1] === 'assets' && key && !a)
      return send(404, { title: 'Not Found', code: 'not-found', detail: `there is no asset ${key}` });
    const answer = route.run({
      q: url.searchParams,
      id: key,
      parts,
      a,
      body,
      raw,
      user: session.user,
    });
    if (request.method !== 'GET')
      audit.push({
        id: id(),
        at: ago(0),
        actor: session.user.name,
        actor_kind: 'user',
        action: `${request.method} ${path}`,
        target: key,
        address: '127.0.0.1',
        outcome: 'ok',
        detail: '',
      });
    if (answer === null)
      return send(404, { title: 'Not Found', code: 'not-found', detail: 'there is no such thing' });
    if (answer === undefined) return send(204);
    if (Array.isArray(answer) && typeof answer[0] === 'number') return send(answer[0], answer[1]);
    return send(200, answer);
  };
}
