// The graph behind the picture: nodes in a tree (group > host > container > process) and the connections
// between them. Pure; lives in the worker.
import type { Topology } from '../api/types';

export const kinds = ['network', 'group', 'host', 'container', 'process'] as const;
export type Kind = (typeof kinds)[number];

export interface GraphNode {
  id: string;
  kind: Kind;
  name: string;
  parent: number; // -1: at the top
  children: number[];
  state: string;
  score: number;
  severity: string;
  exposure: string;
  findings: number;
  leaves: number; // containers and processes below, or hosts of a group
}
export interface GraphEdge {
  from: number;
  to: number;
  protocol: string;
  port: number;
  count: number;
  open: boolean;
  seen: number; // Unix seconds
}

/** "eu-west-web-0103" -> "eu-west-web": what hosts of one kind have in common. */
export function stem(name: string): string {
  const short = name.split('.')[0];
  const cut = short.replace(/[-_.]?\d+$/, '').replace(/[-_.]+$/, '');
  return cut || short;
}

export const kQuiet = 'q:'; // begins the id of processes that are shown as one
const kFewQuiet = 4;
const kUngrouped = 40; // so many hosts are shown one by one
const severityOrder = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown', ''];
export const worse = (a: string, b: string) => (severityOrder.indexOf(a) <= severityOrder.indexOf(b) ? a : b);
const reachOrder = ['public', 'any', 'private', 'link-local', 'loopback', 'none', ''];
export const farther = (a: string, b: string) => (reachOrder.indexOf(a) <= reachOrder.indexOf(b) ? a : b);

export class Graph {
  nodes: GraphNode[] = [];
  edges: GraphEdge[] = [];
  places = new Map<string, number>();
  detailed = new Set<string>(); // assets whose processes were read

  constructor(topology: Topology) {
    this.add(topology);
    this.group();
    this.sum();
  }

  /** Adds what is in and around ROOT in more detail, in place of what was known of its connections. */
  detail(topology: Topology, root: string): void {
    const at = this.places.get(root);
    if (at === undefined) return;
    const inside = new Set<number>();
    const collect = (place: number) => {
      inside.add(place);
      for (const child of this.nodes[place].children) collect(child);
    };
    collect(at);
    this.edges = this.edges.filter((edge) => !inside.has(edge.from) && !inside.has(edge.to));
    this.add(topology);
    inside.clear();
    collect(at);
    for (const place of inside) {
      const { kind, id } = this.nodes[place];
      if (kind === 'host' || kind === 'container') this.detailed.add(id);
    }
    this.quiet(inside);
    this.sum();
  }

  private add(topology: Topology): void {
    const rows = topology.nodes as unknown as [
      string,
      Kind,
      string,
      number,
      string,
      number,
      string,
      string,
      number,
    ][];
    const places: number[] = [];
    for (const [id, kind, name, parent, state, score, severity, exposure, findings] of rows) {
      let place = this.places.get(id);
      if (place === undefined) {
        place = this.nodes.length;
        this.places.set(id, place);
        this.nodes.push({
          id,
          kind,
          name,
          parent: -1,
          children: [],
          state,
          score,
          severity,
          exposure,
          findings,
          leaves: 0,
        });
        const above = parent >= 0 && parent < places.length ? places[parent] : -1;
        if (above >= 0) {
          this.nodes[place].parent = above;
          this.nodes[above].children.push(place);
        }
      }
      places.push(place);
    }
    const edges = topology.edges as unknown as [number, number, string, number, number, number, number][];
    for (const [from, to, protocol, port, count, open, seen] of edges) {
      const a = places[from];
      const b = places[to];
      if (a === undefined || b === undefined || a === b) continue;
      this.edges.push({ from: a, to: b, protocol, port, count, open: open === 1, seen });
    }
  }

  /** Many hosts: those whose names differ only in a number are one group. */
  private group(): void {
    const hosts = this.nodes.flatMap((node, place) =>
      node.kind === 'host' && node.parent < 0 ? [place] : [],
    );
    if (hosts.length <= kUngrouped) return;
    const byStem = new Map<string, number[]>();
    for (const host of hosts) {
      const key = stem(this.nodes[host].name);
      byStem.set(key, [...(byStem.get(key) ?? []), host]);
    }
    const alone: number[] = [];
    for (const [key, members] of byStem) {
      if (members.length === 1) alone.push(members[0]);
      else this.addGroup(`g:${key}`, key, members);
    }
    if (alone.length > kUngrouped) this.addGroup('g:', 'other hosts', alone);
  }
  /** Processes that neither listen nor are connected are one item, or they would hide the others. */
  private quiet(places: ReadonlySet<number>): void {
    const busy = new Set<number>();
    for (const edge of this.edges) busy.add(edge.from).add(edge.to);
    for (const parent of places) {
      const node = this.nodes[parent];
      const still = node.children.filter((child) => {
        const { kind, exposure } = this.nodes[child];
        return kind === 'process' && !busy.has(child) && (exposure === '' || exposure === 'none');
      });
      if (still.length <= kFewQuiet) continue;
      const chosen = new Set(still);
      node.children = node.children.filter((child) => !chosen.has(child));
      this.addGroup(`${kQuiet}${node.id}`, `${still.length} quiet processes`, still);
      const place = this.nodes.length - 1;
      this.nodes[place].parent = parent;
      node.children.push(place);
    }
  }
  private addGroup(id: string, name: string, members: number[]): void {
    const place = this.nodes.length;
    this.places.set(id, place);
    this.nodes.push({
      id,
      kind: 'group',
      name,
      parent: -1,
      children: members,
      state: 'running',
      score: 0,
      severity: '',
      exposure: '',
      findings: 0,
      leaves: 0,
    });
    for (const member of members) this.nodes[member].parent = place;
  }

  private sum(): void {
    const byName = (a: number, b: number) =>
      this.nodes[a].name < this.nodes[b].name ? -1 : this.nodes[a].name > this.nodes[b].name ? 1 : 0;
    const visit = (place: number): void => {
      const node = this.nodes[place];
      node.children.sort(byName);
      node.leaves = 0;
      const group = node.kind === 'group' && !node.id.startsWith(kQuiet);
      if (group) Object.assign(node, { score: 0, severity: '', exposure: '', findings: 0 });
      for (const child of node.children) {
        visit(child);
        const below = this.nodes[child];
        node.leaves += 1;
        if (!group) continue;
        node.score = Math.max(node.score, below.score);
        node.severity = worse(node.severity, below.severity);
        node.exposure = farther(node.exposure, below.exposure);
        node.findings += below.findings;
        for (const inner of below.children) {
          node.score = Math.max(node.score, this.nodes[inner].score);
          node.severity = worse(node.severity, this.nodes[inner].severity);
          node.exposure = farther(node.exposure, this.nodes[inner].exposure);
          node.findings += this.nodes[inner].findings;
        }
      }
    };
    for (let place = 0; place < this.nodes.length; place++) if (this.nodes[place].parent < 0) visit(place);
  }

  /** For each node the place that stands for it while only OPENED nodes show their children. */
  representatives(opened: ReadonlySet<string>): Int32Array {
    const shown = new Int32Array(this.nodes.length).fill(-1);
    const visit = (place: number, stand: number) => {
      shown[place] = stand;
      const node = this.nodes[place];
      const open = stand === place && opened.has(node.id);
      for (const child of node.children) visit(child, open ? child : stand);
    };
    for (let place = 0; place < this.nodes.length; place++)
      if (this.nodes[place].parent < 0) visit(place, place);
    return shown;
  }

  path(id: string): string[] {
    const names: string[] = [];
    let place = this.places.get(id) ?? -1;
    while (place >= 0) {
      names.unshift(this.nodes[place].id);
      place = this.nodes[place].parent;
    }
    return names;
  }

  search(text: string, limit: number): { id: string; name: string; kind: Kind; above: string }[] {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const found: { at: number; place: number }[] = [];
    for (let place = 0; place < this.nodes.length; place++) {
      const at = this.nodes[place].name.toLowerCase().indexOf(wanted);
      if (at >= 0) found.push({ at: at * 100 + this.nodes[place].name.length, place });
    }
    found.sort((a, b) => a.at - b.at || a.place - b.place);
    return found.slice(0, limit).map(({ place }) => {
      const node = this.nodes[place];
      return {
        id: node.id,
        name: node.name,
        kind: node.kind,
        above: node.parent < 0 ? '' : this.nodes[node.parent].name,
      };
    });
  }
}
