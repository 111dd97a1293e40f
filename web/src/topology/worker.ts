// Reads, keeps and lays out the graph away from the page, so that nothing there ever waits for it.
import type { Topology } from '../api/types';
import { Graph, type Kind, kQuiet } from './graph';
import { makeScene, type Scene } from './layout';

export interface Neighbour {
  id: string;
  name: string;
  kind: Kind;
  inbound: boolean;
  ports: string;
  count: number;
  open: boolean;
  seen: number;
}
export interface Selected {
  id: string;
  name: string;
  kind: Kind;
  state: string;
  score: number;
  severity: string;
  exposure: string;
  findings: number;
  children: number;
  expandable: boolean;
  above: { id: string; name: string }[];
  neighbours: Neighbour[];
}
export type Ask =
  | { kind: 'load' }
  | {
      kind: 'scene';
      opened: string[];
      folded: string[];
      full: boolean;
      auto: boolean; // a small graph is opened by itself
      hidden: string | null; // to be shown: what it lies in is opened
      wanted: string | null; // chosen: if it is opened, its processes are read
    }
  | { kind: 'select'; id: string }
  | { kind: 'search'; text: string };
export type Answer =
  | { kind: 'scene'; scene: Scene; opened: string[]; hidden: string | null }
  | { kind: 'selected'; selected: Selected | null }
  | { kind: 'found'; text: string; items: { id: string; name: string; kind: Kind; above: string }[] }
  | { kind: 'trouble'; status: number; message: string }
  | { kind: 'loaded'; nodes: number; edges: number; truncated: boolean; empty: boolean };

let graph: Graph | null = null;
const say = (answer: Answer) => self.postMessage(answer);

async function read(search: string): Promise<Topology> {
  const response = await fetch(`/api/v1/topology?${search}`, {
    credentials: 'same-origin',
    headers: { Accept: 'application/json' },
  });
  const value = await response.json().catch(() => ({}));
  if (!response.ok)
    throw Object.assign(new Error(value.detail || value.title || `the console answered ${response.status}`), {
      status: response.status,
    });
  return value as Topology;
}

const kSmall = 80; // nodes that are shown at once without being asked for

async function scene(ask: Extract<Ask, { kind: 'scene' }>): Promise<void> {
  if (!graph) return;
  const opened = new Set(ask.opened);
  const hosts = graph.nodes.filter((node) => node.kind === 'host');
  const auto =
    ask.auto && !ask.full && graph.nodes.filter((node) => node.kind !== 'process').length <= kSmall;
  if (ask.full || auto) {
    for (const node of graph.nodes) {
      if (
        node.children.length > 0 &&
        !node.id.startsWith(kQuiet) &&
        (node.kind === 'group' || node.kind === 'host')
      )
        opened.add(node.id);
    }
  }
  if (auto && hosts.length === 1) opened.add(hosts[0].id);
  if (ask.hidden) for (const id of graph.path(ask.hidden).slice(0, -1)) opened.add(id);
  for (const id of ask.folded) opened.delete(id);
  for (const id of opened) {
    if (id !== ask.wanted && !(auto && hosts.length === 1) && ask.opened.length > 12) continue;
    const place = graph.places.get(id);
    const node = place === undefined ? undefined : graph.nodes[place];
    if (!node || graph.detailed.has(id) || (node.kind !== 'container' && node.kind !== 'host')) continue;
    if (ask.full && !ask.opened.includes(id)) continue;
    graph.detailed.add(id);
    graph.detail(await read(`level=process&root=${encodeURIComponent(id)}`), id);
  }
  say({ kind: 'scene', scene: makeScene(graph, opened), opened: [...opened], hidden: ask.hidden });
}

function selected(id: string): Selected | null {
  if (!graph) return null;
  const place = graph.places.get(id);
  if (place === undefined) return null;
  const { nodes } = graph;
  const node = nodes[place];
  const inside = new Uint8Array(nodes.length);
  const mark = (at: number) => {
    inside[at] = 1;
    for (const child of nodes[at].children) mark(child);
  };
  mark(place);
  // The other ends, one row each: of a group the groups it talks to, of anything else the assets themselves.
  const other = (at: number) => {
    let top = at;
    if (node.kind === 'group') while (nodes[top].parent >= 0) top = nodes[top].parent;
    return top;
  };
  const found = new Map<string, Neighbour & { set: Set<string> }>();
  for (const edge of graph.edges) {
    const from = inside[edge.from];
    const to = inside[edge.to];
    if (from === to) continue;
    const end = nodes[other(from ? edge.to : edge.from)];
    const key = `${to ? 'in' : 'out'} ${end.id}`;
    const row = found.get(key);
    const port = `${edge.port}/${edge.protocol}`;
    if (row) {
      row.count += edge.count;
      row.open ||= edge.open;
      row.seen = Math.max(row.seen, edge.seen);
      row.set.add(port);
    } else
      found.set(key, {
        id: end.id,
        name: end.name,
        kind: end.kind,
        inbound: to === 1,
        ports: '',
        count: edge.count,
        open: edge.open,
        seen: edge.seen,
        set: new Set([port]),
      });
  }
  const neighbours = [...found.values()]
    .sort(
      (a, b) =>
        Number(b.kind === 'network') - Number(a.kind === 'network') ||
        b.count - a.count ||
        (a.name < b.name ? -1 : 1),
    )
    .map(({ set, ...row }) => ({
      ...row,
      ports: [...set].slice(0, 4).join(', ') + (set.size > 4 ? ` +${set.size - 4}` : ''),
    }));
  const above = graph
    .path(id)
    .slice(0, -1)
    .map((key) => ({ id: key, name: nodes[graph!.places.get(key)!].name }));
  return {
    id,
    name: node.name,
    kind: node.kind,
    state: node.state,
    score: node.score,
    severity: node.severity,
    exposure: node.exposure,
    findings: node.findings,
    children: node.children.length,
    expandable:
      node.children.length > 0 ||
      ((node.kind === 'container' || node.kind === 'host') && !graph.detailed.has(id)),
    above,
    neighbours,
  };
}

// One after the other: a scene that waits for processes must not be overtaken by the next one.
let queue: Promise<void> = Promise.resolve();
self.onmessage = (message: MessageEvent<Ask>) => {
  const ask = message.data;
  queue = queue
    .then(async () => {
      switch (ask.kind) {
        case 'load': {
          const before = graph?.detailed ?? [];
          const topology = await read('level=container');
          const next = new Graph(topology);
          for (const id of before)
            if (next.places.has(id))
              next.detail(await read(`level=process&root=${encodeURIComponent(id)}`), id);
          graph = next;
          say({
            kind: 'loaded',
            nodes: graph.nodes.length,
            edges: graph.edges.length,
            truncated: topology.truncated,
            empty: graph.nodes.every((node) => node.kind === 'network'),
          });
          break;
        }
        case 'scene':
          await scene(ask);
          break;
        case 'select':
          say({ kind: 'selected', selected: selected(ask.id) });
          break;
        case 'search':
          say({ kind: 'found', text: ask.text, items: graph?.search(ask.text, 12) ?? [] });
          break;
      }
    })
    .catch((error) => say({ kind: 'trouble', status: error.status ?? 0, message: error.message }));
};
