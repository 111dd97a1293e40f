// The graph of the imaginary fleet: the Internet -> edge -> web -> api -> db, cache, queue ...
import { severityWords } from './data.mjs';

const calls = {
  edge: ['web'],
  web: ['api', 'auth', 'cache'],
  api: ['db', 'cache', 'queue', 'search', 'auth'],
  queue: ['batch', 'mail'],
  batch: ['db'],
  auth: ['db'],
  build: ['metrics'],
  metrics: [],
  db: [],
  cache: [],
  search: [],
  mail: [],
};

export function topology(fleet, level, root, processesOf) {
  const { hosts, containers } = fleet;
  const nodes = [];
  const edges = [];
  const at = new Map();
  const now = Math.floor(Date.now() / 1000);
  const add = (key, row) => {
    at.set(key, nodes.length);
    nodes.push(row);
  };
  add('public', ['net-public', 'network', 'The Internet', -1, 'running', 0, '', 'public', 0]);
  add('private', ['net-private', 'network', 'Private networks', -1, 'running', 0, '', 'private', 0]);
  const row = (a, parent) => [
    a.id,
    a.kind,
    a.name,
    parent,
    a.state,
    Math.round(a.score * 10) / 10,
    severityWords[a.counts.findIndex(Boolean)] ?? '',
    a.exposure,
    a.counts.reduce((x, y) => x + y, 0),
  ];
  const only = root ? fleet.assets[Number(root) - 1] : null;
  const shownHosts = only ? [only.kind === 'host' ? only : (only.host ?? hosts[0])] : hosts;
  for (const h of shownHosts) add(h.id, row(h, -1));
  const inside = new Map(hosts.map((h) => [h, []]));
  for (const c of containers) if (c.state === 'running') inside.get(c.host).push(c);
  if (level !== 'host') {
    for (const h of shownHosts)
      for (const c of inside.get(h))
        if (!only || only.kind === 'host' || c === only) add(c.id, row(c, at.get(h.id)));
  }
  if (level === 'process') {
    for (const a of only ? [only] : []) {
      processesOf(a).forEach((p, i) => {
        add(`p${a.id}-${p.pid}`, [
          `p${a.id}-${p.pid}`,
          'process',
          `${p.name} (${p.pid})`,
          at.get(a.id),
          'running',
          i === 1 ? a.score : 0,
          '',
          p.listening[0]?.reach ?? 'none',
          0,
        ]);
        if (p.listening.length)
          edges.push([
            at.get(p.listening[0].reach === 'public' ? 'public' : 'private'),
            at.get(`p${a.id}-${p.pid}`),
            'tcp',
            p.listening[0].port,
            12,
            1,
            now - 20,
          ]);
        if (i > 1 && i < 9)
          edges.push([at.get(`p${a.id}-${p.pid}`), at.get('private'), 'tcp', 5432, 3, i % 2, now - 90]);
      });
    }
  }
  const byRole = new Map();
  for (const h of shownHosts) byRole.set(h.role, [...(byRole.get(h.role) ?? []), h]);
  const end = (h, k) =>
    level === 'host' || !inside.get(h).length ? h : inside.get(h)[k % inside.get(h).length];
  const connect = (from, to, port, count) => {
    if (from !== undefined && to !== undefined && from !== to)
      edges.push([from, to, 'tcp', port, count, count % 4 ? 1 : 0, now - ((from * 7 + to) % 4000)]);
  };
  for (const h of shownHosts) {
    if (h.exposure === 'public') connect(at.get('public'), at.get(end(h, 0).id), 443, 40);
    if (h.index % 9 === 0) connect(at.get('private'), at.get(h.id), 22, 2);
    const mine = level === 'host' ? [h] : [h, ...inside.get(h)];
    mine.forEach((from, k) => {
      for (const role of calls[h.role] ?? []) {
        const others = byRole.get(role) ?? [];
        const many = level === 'host' ? 4 : 1;
        for (let m = 0; m < many && others.length; m++)
          connect(
            at.get(from.id),
            at.get(end(others[(from.index * 13 + m * 5) % others.length], from.index + m).id),
            { db: 5432, cache: 6379, queue: 5672 }[role] ?? 8080,
            1 + ((from.index + m) % 9),
          );
      }
      if (k > 0 && k + 1 < mine.length)
        connect(at.get(from.id), at.get(mine[k + 1].id), 9000 + (k % 8), 1 + (k % 3));
    });
  }
  return {
    level,
    generated_at: new Date().toISOString(),
    truncated: false,
    node_fields: ['id', 'kind', 'name', 'parent', 'state', 'score', 'severity', 'exposure', 'findings'],
    nodes,
    edge_fields: ['from', 'to', 'protocol', 'port', 'count', 'open', 'last_seen'],
    edges,
  };
}
