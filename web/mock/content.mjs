// Secrets and malware of the imaginary fleet, their rules, and people's rule files.
import { ago, hex, severityWords } from './data.mjs';

const day = 86400;
const kMany = { large: [24_000, 180], small: [46, 5], empty: [0, 0] };

// id, title, severity, confidence, how it is shown
const secretRules = [
  ['github-pat', 'GitHub personal access token', 0, 'high', 'ghp_****'],
  ['aws-access-key', 'AWS access key', 0, 'high', 'AKIA****'],
  ['private-key', 'Private key without a pass phrase', 0, 'high', '-----BEGIN PRIVATE KEY-----****'],
  ['kubeconfig-client-key', 'Client key in a kubeconfig', 0, 'high', 'client-key-data: ****'],
  ['connection-string', 'Database address with a password', 1, 'medium', 'postgres://app:****@db'],
  ['slack-token', 'Slack token', 1, 'high', 'xoxb-****'],
  ['npm-token', 'npm access token', 1, 'high', 'npm_****'],
  ['stripe-live-key', 'Stripe live key', 0, 'high', 'sk_live_****'],
  ['jwt', 'JSON web token', 2, 'medium', 'eyJh****'],
  ['docker-auth', 'Registry password in a docker config', 1, 'high', 'auth: ****'],
  ['dotenv-password', 'Password in an env file', 3, 'low', 'DB_PASSWORD=****'],
  ['generic-secret', 'Something called a secret', 3, 'low', 'secret = ****'],
];
const malwareRules = [
  ['weir_webshell_php', 'PHP webshell', 0, 'high', '$eval, $post'],
  ['weir_coin_miner', 'Coin miner', 1, 'high', '$stratum, $xmrig'],
  ['weir_reverse_shell', 'Reverse shell in a script', 1, 'medium', '$devtcp'],
  ['weir_packed_elf', 'Packed ELF program', 2, 'low', '$upx'],
  ['weir_eicar', 'EICAR test file', 3, 'high', '$eicar'],
];

export function makeContent({ fleet, size, page, assetRow, emit, id }) {
  const { hosts, containers, images, assets } = fleet;
  const [secrets, malware] = kMany[size] ?? kMany.large;
  const rules = makeRules();
  const files = [
    {
      id: '1',
      kind: 'secret',
      name: 'our-tokens.toml',
      url: '',
      sha256: hex('our-tokens', 64),
      bytes: 5120,
      rules: 11,
      remarks: [
        {
          rule: 'our-look-behind',
          message: 'look-behind cannot be matched in linear time',
          left_out: true,
        },
        {
          rule: 'our-wide',
          message: 'takes 40 times the median: looked for near its keywords only',
          left_out: false,
        },
      ],
      created_by: 'admin',
      created_at: ago(3 * day),
    },
  ];
  const list = [];
  for (let i = 0; i < secrets + malware; i++) list.push(make(i, i < secrets ? 'secret' : 'malware'));
  list.sort((a, b) => b.score - a.score);
  const byId = new Map(list.map((item) => [item.id, item]));
  const same = new Map();
  for (const item of list) same.set(item.fingerprint, [...(same.get(item.fingerprint) ?? []), item]);

  function makeRules() {
    const made = [];
    const add = (kind, [key, title, severity, confidence, masked], source = 'built-in') =>
      made.push({
        id: key,
        kind,
        title,
        severity: severityWords[severity],
        confidence,
        source,
        reference: source === 'built-in' ? `https://rules.example.org/${key}` : '',
        tags: [kind, source === 'built-in' ? 'pack' : 'ours'],
        examples: [masked],
        set_aside: '',
        disabled_by: '',
        disabled_at: null,
        disabled_reason: '',
      });
    for (const rule of secretRules) add('secret', rule);
    for (let i = 0; i < 206; i++)
      add('secret', [`service-${i}-token`, `Token of service ${i}`, 1 + (i % 3), 'high', 'srv_****']);
    add('secret', ['our-token', 'Token of our own services', 1, 'high', 'our_****'], 'our-tokens.toml');
    add('secret', ['our-look-behind', 'Token with look-behind', 1, 'high', 'old_****'], 'our-tokens.toml');
    made.at(-1).set_aside = 'look-behind cannot be matched in linear time';
    for (const rule of malwareRules) add('malware', rule);
    return made;
  }

  function make(i, kind) {
    const table = kind === 'secret' ? secretRules : malwareRules;
    const draw = ((i * 2654435761) >>> 0) / 4294967296;
    const [rule, title, severity, confidence, masked] = table[Math.floor(draw ** 1.2 * table.length)];
    const pick = (items, salt) => items[((i + salt) * 40503) % items.length];
    const asset = i % 3 === 0 ? pick(images, 7) : i % 3 === 1 ? pick(containers, 3) : pick(hosts, 5);
    const weight = [92, 74, 52, 28][severity] ?? 20;
    const sure = { high: 1, medium: 0.8, low: 0.55 }[confidence];
    const place = placeOf(i, kind, asset);
    const exposed = place.added || place.origin === 'environment' ? 1 : 0.86;
    return {
      id: String(50_000 + i),
      kind,
      rule,
      title,
      severity: severityWords[severity],
      confidence,
      masked,
      asset,
      place,
      score: Math.max(3, weight * sure * exposed - (i % 17)),
      status: i % 53 === 52 ? 'ignored' : i % 41 === 40 ? 'resolved' : 'open',
      validation: kind === 'secret' && i % 29 === 0 ? 'valid' : 'not-tried',
      fingerprint: hex(
        `${(i % 9 === 0 ? Math.floor(i / 90) : i).toString(36).padStart(3, '-')}${kind[0]}`,
        32,
      ),
      place_count: 1 + (i % 5 === 0 ? i % 31 : 0),
      seen: 60 + ((i * 7919) % (28 * day)),
    };
  }

  function placeOf(i, kind, asset) {
    const place = {
      path:
        kind === 'secret'
          ? ['srv/app/.env', 'root/.kube/config', 'home/ada/.netrc', 'opt/app/backup.tar.gz!etc/app.env'][
              i % 4
            ]
          : ['var/www/html/uploads/a.php', 'tmp/.x/kworker', 'usr/local/bin/update'][i % 3],
      layer: '',
      origin: 'file',
      line: kind === 'secret' ? 1 + (i % 80) : 0,
      column: 9,
      offset: 180 + i,
      decoded: i % 23 === 0 ? 'base64' : '',
      removed_in: '',
      commit: '',
      commit_time: '',
      pid: null,
      process: '',
      package: '',
      package_name: '',
      unmodified: false,
      modified: false,
      added: false,
      mode: i % 4 === 0 ? '0644' : '0600',
      owner: 0,
    };
    const nothing = { line: 0, column: 0, offset: 0, mode: '', decoded: '' };
    if (asset.kind === 'image') {
      place.layer = `sha256:${hex(`layer${i % 9}`, 64)}`;
      if (i % 4 === 1)
        Object.assign(place, { origin: 'removed-file', removed_in: `sha256:${hex(`layer${i % 9}b`, 64)}` });
      if (i % 4 === 3 && kind === 'secret')
        Object.assign(place, nothing, { path: `image-config:Env[${i % 6}]`, origin: 'image-config' });
    } else if (kind === 'secret' && i % 2 === 0)
      Object.assign(place, nothing, {
        path: `proc/${100 + (i % 900)}/environ`,
        origin: 'environment',
        pid: 100 + (i % 900),
        process: ['nginx', 'java', 'node'][i % 3],
      });
    else if (asset.kind === 'container') place.added = i % 4 !== 3;
    else if (i % 7 === 0 && kind === 'secret')
      Object.assign(place, {
        path: 'srv/git/app.git:deploy/values.yaml',
        origin: 'commit',
        commit: hex(`commit${i}`, 40),
        commit_time: ago(300 * day),
        mode: '',
      });
    else if (i % 11 === 0)
      Object.assign(place, {
        package: hex(`package${i % 40}`, 16),
        package_name: 'ca-certificates',
        unmodified: i % 22 !== 0,
        modified: i % 22 === 0,
      });
    return place;
  }

  function recount() {
    for (const a of assets) Object.assign(a, { secrets: null, malware: null });
    const zero = () => Object.fromEntries(severityWords.map((word) => [word, 0]));
    const totals = { secret: { open: zero(), masked: 0 }, malware: { open: zero(), masked: 0 } };
    for (const rule of rules) Object.assign(rule, { open: 0, hidden: 0 });
    const ruleOf = new Map(rules.map((rule) => [`${rule.kind} ${rule.id}`, rule]));
    for (const item of list) {
      const rule = ruleOf.get(`${item.kind} ${item.rule}`);
      if (item.status === 'masked') totals[item.kind].masked++;
      if (item.status === 'masked' || item.status === 'ignored') rule.hidden++;
      if (item.status !== 'open') continue;
      totals[item.kind].open[item.severity]++;
      rule.open++;
      const key = item.kind === 'secret' ? 'secrets' : 'malware';
      item.asset[key] ??= zero();
      item.asset[key][item.severity]++;
      item.asset.contentScore = Math.max(item.asset.contentScore ?? 0, item.score);
    }
    state.totals = totals;
  }

  function row(item) {
    const { asset } = item;
    return {
      id: item.id,
      kind: item.kind,
      rule: item.rule,
      title: item.title,
      severity: item.severity,
      confidence: item.confidence,
      score: item.score,
      status: item.status,
      masked: item.masked,
      validation: item.validation,
      asset_id: asset.id,
      asset_name: asset.name,
      asset_kind: asset.kind,
      host_name: asset.host?.name ?? (asset.kind === 'host' ? asset.name : ''),
      place: item.place,
      place_count: item.place_count,
      same_elsewhere: same.get(item.fingerprint).length - 1,
      fingerprint: item.fingerprint,
      first_seen: ago(item.seen),
      resolved_at: item.status === 'resolved' ? ago(3600) : null,
    };
  }

  function detail(item) {
    const rule = rules.find((each) => each.kind === item.kind && each.id === item.rule);
    const parts = [
      ['severity', 0.6, `rated ${item.severity}; the rule is rarely wrong (${item.confidence} confidence)`],
      item.kind === 'secret'
        ? ['world-readable', 0.22, 'every user may read the file']
        : ['running', 0.22, 'run or loaded by kworker (pid 812)'],
      item.place.added
        ? ['added', 0.24, 'written since the container was started']
        : ['many-places', 0.12, `in ${item.place_count} places`],
      ['cache-folder', -0.06, 'in "cache": a cache'],
    ];
    const sum = parts.reduce((total, part) => total + part[1], 0);
    const reasons = parts.map(([factor, part, text]) => ({
      factor,
      points: (part / sum) * item.score,
      detail: text,
    }));
    return {
      ...row(item),
      places: Array.from({ length: Math.min(4, item.place_count) }, (_, i) => ({
        ...item.place,
        path: i ? item.place.path.replace(/([^/]*)$/, `copy-${i}/$1`) : item.place.path,
      })),
      facts: item.rule === 'private-key' ? [{ name: 'pass-phrase', value: 'none' }] : [],
      status_reason: item.status === 'ignored' ? rule.disabled_reason || '.weirignore, line 3' : '',
      rank: { score: item.score, reasons },
      mask: item.mask ?? null,
      asset: assetRow(item.asset),
      same_in: same
        .get(item.fingerprint)
        .filter((other) => other !== item)
        .slice(0, 100)
        .map((other) => {
          const { id: key, asset_id, asset_name, asset_kind, host_name, status, score } = row(other);
          return { id: key, asset_id, asset_name, asset_kind, host_name, status, score };
        }),
      rule_disabled: rule.disabled_by !== '',
    };
  }

  function filter(q) {
    const words = (name) => (q.get(name) ?? '').split(',').filter(Boolean);
    const [severity, confidence, origin] = ['severity', 'confidence', 'origin'].map(words);
    const text = (q.get('q') ?? '').toLowerCase();
    const status = q.get('status') || 'open';
    const out = list.filter(
      (item) =>
        item.status === status &&
        (!q.get('kind') || item.kind === q.get('kind')) &&
        (!severity.length || severity.includes(item.severity)) &&
        (!confidence.length || confidence.includes(item.confidence)) &&
        (!origin.length || origin.includes(item.place.origin)) &&
        (!q.get('asset') || item.asset.id === q.get('asset')) &&
        (!q.get('rule') || item.rule === q.get('rule')) &&
        (!q.get('fingerprint') || item.fingerprint === q.get('fingerprint')) &&
        (!text ||
          [
            item.rule,
            item.title,
            item.place.path,
            item.place.process,
            item.place.package_name,
            item.asset.name,
          ]
            .join(' ')
            .toLowerCase()
            .includes(text)),
    );
    return q.get('sort') === 'first_seen' ? out.sort((a, b) => a.seen - b.seen) : out;
  }

  const ruleRow = ({ hidden, ...rule }) => ({
    ...rule,
    masked: hidden,
    enabled: !rule.disabled_by && !rule.set_aside,
  });

  const state = {
    totals: null,
    row,
    filter,
    has: (a, kind) => Boolean(kind === 'secret' ? a.secrets : a.malware),
    countsOf: (a) => {
      const zero = Object.fromEntries(severityWords.map((word) => [word, 0]));
      return { secrets: a.secrets ?? zero, malware: a.malware ?? zero };
    },
    numbers: (a) => ({
      secrets: Object.values(a.secrets ?? {}).reduce((x, y) => x + y, 0),
      malware: Object.values(a.malware ?? {}).reduce((x, y) => x + y, 0),
    }),
    overview: () => ({
      secrets: state.totals.secret,
      malware: state.totals.malware,
      fix_first: list
        .filter((item) => item.status === 'open')
        .slice(0, 10)
        .map(row),
    }),
    scans: (a) => {
      const scan = (kind, more) => ({
        kind,
        rules_digest: hex(`rules ${kind}`, 64),
        rules: kind === 'secret' ? 219 : 5,
        files: 7312 + a.index,
        bytes: 412_000_000 + a.index * 4096,
        unchanged: 0,
        skipped: [],
        set_aside: [],
        dropped_findings: 0,
        ...more,
      });
      if (a.index % 97 === 96) return [];
      const secret = scan('secret', {
        unchanged: 7100,
        skipped: a.index % 6 === 0 ? [{ reason: 'larger than 64 MiB', count: 3 }] : [],
        set_aside: a.index % 6 === 0 ? ['our-look-behind: look-behind cannot be matched in linear time'] : [],
      });
      return a.index % 5 === 4
        ? [secret]
        : [secret, scan('malware', { skipped: [{ reason: 'as its package brought it', count: 6200 }] })];
    },
    compared: (a) => {
      const [first] = list.filter((item) => item.asset === a);
      const one = first ?? list[0];
      if (!one) return [];
      return [
        {
          id: one.id,
          kind: one.kind,
          rule: one.rule,
          title: one.title,
          severity: one.severity,
          masked: one.masked,
          path: one.place.path,
        },
      ];
    },
    /** A scan of ASSET has found one secret more. */
    found: (asset) => {
      const item = make(list.length * 3, 'secret');
      Object.assign(item, {
        id: String(90_000 + list.length),
        asset,
        rule: 'github-pat',
        title: 'GitHub personal access token',
        severity: 'critical',
        masked: 'ghp_****',
        status: 'open',
        score: 95,
        seen: 0,
        fingerprint: hex(list.length.toString(36).padStart(3, '+'), 32),
      });
      list.unshift(item);
      byId.set(item.id, item);
      same.set(item.fingerprint, [item]);
      recount();
      emit('content', {
        asset_id: asset.id,
        asset_name: asset.name,
        new: 1,
        resolved: 0,
        severity: item.severity,
        score: item.score,
        title: item.title,
        content_kind: item.kind,
        ids: [item.id],
      });
    },
    /** What a mask of content hides; null: BODY is about a vulnerability. */
    mask: (body) => {
      const item = byId.get(body.content_finding);
      if (!item) return null;
      const imageOf = (a) => (a.kind === 'image' ? a : a.image);
      const hit = same
        .get(item.fingerprint)
        .filter(
          (other) =>
            other.status === 'open' &&
            (body.scope === 'everywhere' ||
              (body.scope === 'image' ? imageOf(other.asset) === imageOf(item.asset) : other === item)),
        );
      return {
        fields: {
          kind: item.kind,
          vulnerability: '',
          fingerprint: item.fingerprint,
          rule: item.rule,
          title: item.title,
          package: '',
          asset_id: body.scope === 'finding' ? item.asset.id : null,
          asset_name: body.scope === 'finding' ? item.asset.name : '',
          image: body.scope === 'image' ? (imageOf(item.asset)?.name ?? '') : '',
          findings: hit.length,
        },
        apply: (mask) => {
          for (const other of hit) Object.assign(other, { status: 'masked', mask });
          recount();
          emit('content', { new: 0, resolved: 0 });
        },
      };
    },
    lift: (mask) => {
      for (const item of list) if (item.mask === mask) Object.assign(item, { status: 'open', mask: null });
      recount();
      emit('content', { new: 0, resolved: 0 });
    },
  };
  const ruleAt = (parts) =>
    rules.find((rule) => rule.kind === parts[2] && rule.id === decodeURIComponent(parts[3]));
  const ruleChange = (rule, change, from, to) => {
    Object.assign(rule, change);
    for (const item of list)
      if (item.kind === rule.kind && item.rule === rule.id && item.status === from) item.status = to;
    recount();
    emit('rules');
    emit('content', { new: 0, resolved: 0 });
    return ruleRow(rule);
  };
  recount();
  state.routes = [
    ['GET', '/content-findings', 'read-only', ({ q }) => page(filter(q), q, row)],
    [
      'GET',
      '/content-findings/:id',
      'read-only',
      ({ id: key }) => (byId.has(key) ? detail(byId.get(key)) : null),
    ],
    [
      'GET',
      '/content-rules',
      'read-only',
      ({ q }) => {
        const text = (q.get('q') ?? '').toLowerCase();
        const found = rules
          .map((rule) => ruleRow(rule))
          .filter(
            (rule) =>
              (!q.get('kind') || rule.kind === q.get('kind')) &&
              (!q.get('enabled') || String(rule.enabled) === q.get('enabled')) &&
              (!text ||
                [rule.id, rule.title, rule.source, ...rule.tags].join(' ').toLowerCase().includes(text)),
          );
        return page(found, q, (rule) => rule);
      },
    ],
    [
      'POST',
      '/content-rules/:kind/:id/disable',
      'user',
      ({ parts, body, user }) => {
        const rule = ruleAt(parts);
        if (!rule) return null;
        const change = { disabled_by: user.name, disabled_at: ago(0), disabled_reason: body.reason };
        return ruleChange(rule, change, 'open', 'ignored');
      },
    ],
    [
      'POST',
      '/content-rules/:kind/:id/enable',
      'user',
      ({ parts }) => {
        const rule = ruleAt(parts);
        if (!rule) return null;
        const change = { disabled_by: '', disabled_at: null, disabled_reason: '' };
        return ruleChange(rule, change, 'ignored', 'open');
      },
    ],
    ['GET', '/rule-files', 'read-only', ({ q }) => page(files, q, (file) => file)],
    [
      'POST',
      '/rule-files',
      'admin',
      ({ body, user }) => {
        const bad = (detail) => [400, { title: 'Invalid', code: 'invalid-argument', detail }];
        const many = (body.text ?? '').match(/^\s*(\[\[rules\]\]|rule\s+\w+|- (name|id):)/gm)?.length ?? 0;
        if (!body.text && !(body.url && body.sha256)) return bad('a rule file needs text, or url and sha256');
        if (body.text && many === 0) return bad('line 1: no rule was found, in no format that is known here');
        if (body.url && !body.sha256.startsWith('0')) return bad('what was fetched has another SHA-256');
        const strange = /\(\?<[=!]/.test(body.text ?? '');
        const file = {
          id: id(),
          kind: body.kind,
          name: body.name,
          url: body.url ?? '',
          sha256: body.sha256 ?? hex(body.text, 64),
          bytes: (body.text ?? '').length,
          rules: Math.max(1, many - (strange ? 1 : 0)),
          remarks: strange
            ? [{ rule: 'second', message: 'look-behind cannot be matched in linear time', left_out: true }]
            : [],
          created_by: user.name,
          created_at: ago(0),
        };
        const at = files.findIndex((other) => other.kind === file.kind && other.name === file.name);
        if (at >= 0) files.splice(at, 1);
        files.push(file);
        emit('rules');
        return [201, file];
      },
    ],
    [
      'DELETE',
      '/rule-files/:id',
      'admin',
      ({ id: key }) => {
        const at = files.findIndex((file) => file.id === key);
        if (at < 0) return null;
        files.splice(at, 1);
        emit('rules');
        return undefined;
      },
    ],
  ];
  return state;
}
