// Where everything goes: the same graph always gives the same picture, in time that grows with its size, so
// that it can be computed anew at every click. What is at the top stands in columns by its distance from the
// network, left to right; an opened node is a box with its children in rows. Pure.
import { type Graph, type Kind, kinds, kQuiet } from './graph';

export enum Flag {
  Open = 1,
  Expandable = 2,
  Exposed = 4,
  Gone = 8,
}

export interface Scene {
  ids: string[];
  names: string[];
  notes: string[]; // a second line, for groups and hosts
  kinds: Uint8Array; // place in `kinds`
  bands: Uint8Array; // of the score: place in `bandColours`
  flags: Uint8Array;
  boxes: Float32Array; // x, y, width, height
  parents: Int32Array; // the item around it, or -1
  scores: Float32Array;
  edges: Uint32Array; // from, to (items), count, open
  bounds: { width: number; height: number };
  total: { nodes: number; edges: number };
}
export const bandColours = ['critical', 'high', 'medium', 'low', ''];
export const bandNames = ['80 and above', '60', '35', 'lower', 'none'];
export function band(score: number): number {
  return score >= 80 ? 0 : score >= 60 ? 1 : score >= 35 ? 2 : score > 0 ? 3 : 4;
}

export const kHeader = 26;
const kPad = 10;
const kGap = 8;
const sizes: Record<Kind, [number, number]> = {
  network: [150, 52],
  group: [172, 52],
  host: [158, 40],
  container: [136, 28],
  process: [136, 26],
};

interface Box {
  place: number;
  x: number;
  y: number;
  width: number;
  height: number;
  inner: Box[];
}

/** Lays BOXES in rows of about the width that makes the whole wider than high; keeps their order. */
export function shelves(
  boxes: { x: number; y: number; width: number; height: number }[],
  gap: number,
  ratio: number,
) {
  let area = 0;
  let widest = 0;
  for (const box of boxes) {
    area += (box.width + gap) * (box.height + gap);
    widest = Math.max(widest, box.width);
  }
  const limit = Math.max(widest, Math.sqrt(area * ratio));
  let x = 0;
  let y = 0;
  let row = 0;
  let width = 0;
  for (const box of boxes) {
    if (x > 0 && x + box.width > limit) {
      x = 0;
      y += row + gap;
      row = 0;
    }
    box.x = x;
    box.y = y;
    x += box.width + gap;
    row = Math.max(row, box.height);
    width = Math.max(width, x - gap);
  }
  return { width, height: y + row };
}

/** Distance from the networks outside, along the connections; what is not reached comes last. */
export function depths(count: number, roots: number[], edges: Iterable<[number, number]>): Int32Array {
  const next: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) next[from].push(to);
  const depth = new Int32Array(count).fill(-1);
  let wave = roots;
  for (const root of roots) depth[root] = 0;
  for (let level = 1; wave.length > 0; level++) {
    const following: number[] = [];
    for (const place of wave)
      for (const to of next[place])
        if (depth[to] < 0) {
          depth[to] = level;
          following.push(to);
        }
    wave = following;
  }
  const last = depth.reduce((a, b) => Math.max(a, b), 0) + 1;
  for (let i = 0; i < count; i++) if (depth[i] < 0) depth[i] = last;
  return depth;
}

const kColumnGap = 84;
const kSplitGap = 30;
const kRowGap = 20;
const kAspect = 1.15; // of the window onto the picture, with the panel beside it

/** Places COLUMNS left to right; high ones are split, so that the whole can be shown as large as possible. */
export function stack(columns: { x: number; y: number; width: number; height: number }[][]) {
  const place = (limit: number) => {
    let x = 0;
    let bottom = 0;
    const parts: { list: { y: number }[]; height: number }[] = [];
    for (const column of columns) {
      let part: { list: { y: number }[]; height: number } | null = null;
      let width = 0;
      for (const box of column) {
        if (!part || part.height + kRowGap + box.height > limit) {
          if (part) x += width + kSplitGap;
          width = 0;
          part = { list: [], height: -kRowGap };
          parts.push(part);
        }
        box.x = x;
        box.y = part.height + kRowGap;
        part.height += kRowGap + box.height;
        part.list.push(box);
        width = Math.max(width, box.width);
        bottom = Math.max(bottom, part.height);
      }
      x += width + kColumnGap;
    }
    for (const { list, height } of parts) for (const box of list) box.y += (bottom - height) / 2;
    return { width: Math.max(1, x - kColumnGap), height: Math.max(1, bottom) };
  };
  const highest = Math.max(
    ...columns.map((column) => column.reduce((sum, box) => sum + box.height + kRowGap, 0)),
    1,
  );
  let best = highest;
  let least = Number.POSITIVE_INFINITY;
  for (let limit = highest; limit > 120; limit *= 0.86) {
    const { width, height } = place(limit);
    const need = Math.max(width, height * kAspect);
    if (need < least) {
      least = need;
      best = limit;
    }
  }
  return place(best);
}

export function makeScene(graph: Graph, opened: ReadonlySet<string>): Scene {
  const { nodes } = graph;
  const shown = graph.representatives(opened);
  const make = (place: number): Box => {
    const node = nodes[place];
    const [width, height] = sizes[node.kind];
    if (!opened.has(node.id) || node.children.length === 0)
      return { place, x: 0, y: 0, width, height, inner: [] };
    const inner = node.children.map(make);
    const size = shelves(inner, kGap, 2.2);
    for (const box of inner) {
      box.x += kPad;
      box.y += kHeader + 4;
    }
    return {
      place,
      x: 0,
      y: 0,
      width: Math.max(width, size.width + 2 * kPad),
      height: size.height + kHeader + 4 + kPad,
      inner,
    };
  };
  const top = nodes.flatMap((node, place) => (node.parent < 0 ? [place] : []));
  const boxes = top.map(make);

  // Columns.
  const topOf = new Int32Array(nodes.length).fill(-1);
  const mark = (place: number, index: number) => {
    topOf[place] = index;
    for (const child of nodes[place].children) mark(child, index);
  };
  top.forEach(mark);
  const links = new Map<number, number>();
  for (const edge of graph.edges) {
    const a = topOf[edge.from];
    const b = topOf[edge.to];
    if (a !== b) links.set(a * top.length + b, (links.get(a * top.length + b) ?? 0) + edge.count);
  }
  const pairs = [...links.keys()].map((key): [number, number] => [
    Math.floor(key / top.length),
    key % top.length,
  ]);
  const isNetwork = top.map((place) => nodes[place].kind === 'network');
  const outside = top.flatMap((place, i) => (nodes[place].id === 'net-public' ? [i] : []));
  const roots =
    outside.length && pairs.some(([a]) => outside.includes(a))
      ? outside
      : isNetwork.flatMap((is, i) => (is ? [i] : []));
  const depth = depths(
    top.length,
    roots,
    pairs.filter(([a, b]) => !isNetwork[b] && (!isNetwork[a] || roots.includes(a))),
  );
  for (let i = 0; i < top.length; i++) if (isNetwork[i]) depth[i] = 0;
  const columns: number[][] = [];
  for (let i = 0; i < top.length; i++) {
    columns[depth[i]] ??= [];
    columns[depth[i]].push(i);
  }
  const used = columns.filter(Boolean);
  const rank = new Float64Array(top.length);
  const byName = (a: number, b: number) => (nodes[top[a]].name < nodes[top[b]].name ? -1 : 1);
  for (const column of used) {
    column.sort(byName);
    column.forEach((i, place) => {
      rank[i] = (place + 0.5) / column.length;
    });
  }
  // Each stands near what it is connected with to the left; then edges cross less.
  for (let pass = 0; pass < 2; pass++) {
    for (const column of used.slice(1)) {
      const pull = new Map<number, [number, number]>();
      for (const [a, b] of pairs) {
        if (depth[b] !== depth[a] + 1 || !column.includes(b)) continue;
        const [sum, n] = pull.get(b) ?? [0, 0];
        pull.set(b, [sum + rank[a], n + 1]);
      }
      const want = (i: number) => {
        const [sum, n] = pull.get(i) ?? [rank[i], 1];
        return sum / n;
      };
      const wanted = new Map(column.map((i) => [i, want(i)]));
      column.sort((a, b) => wanted.get(a)! - wanted.get(b)! || byName(a, b));
      column.forEach((i, place) => {
        rank[i] = (place + 0.5) / column.length;
      });
    }
  }
  const size = stack(used.map((column) => column.map((i) => boxes[i])));
  return flatten(graph, opened, shown, boxes, size);
}

function note(graph: Graph, place: number): string {
  const node = graph.nodes[place];
  const many = (n: number, word: string) => `${n.toLocaleString('en-US')} ${word}${n === 1 ? '' : 's'}`;
  if (node.id.startsWith(kQuiet)) return 'no connection seen';
  if (node.kind === 'group') {
    const containers = node.children.reduce((sum, child) => sum + graph.nodes[child].leaves, 0);
    return many(node.leaves, 'host') + (containers ? ` · ${many(containers, 'container')}` : '');
  }
  if (node.kind === 'host') {
    const containers = node.children.filter((child) => graph.nodes[child].kind === 'container').length;
    return containers ? many(containers, 'container') : node.state === 'gone' ? 'gone' : 'no containers';
  }
  if (node.kind === 'network') return node.id === 'net-public' ? 'outside' : 'outside, not public';
  return '';
}

function flatten(
  graph: Graph,
  opened: ReadonlySet<string>,
  shown: Int32Array,
  boxes: Box[],
  bounds: Scene['bounds'],
): Scene {
  const order: Box[] = [];
  const parents: number[] = [];
  const item = new Map<number, number>();
  const visit = (box: Box, dx: number, dy: number, parent: number) => {
    box.x += dx;
    box.y += dy;
    const me = order.length;
    item.set(box.place, me);
    order.push(box);
    parents.push(parent);
    for (const inner of box.inner) visit(inner, box.x, box.y, me);
  };
  for (const box of boxes) visit(box, 0, 0, -1);

  const folded = new Map<number, { from: number; to: number; count: number; open: boolean }>();
  const width = order.length;
  for (const edge of graph.edges) {
    const a = item.get(shown[edge.from]);
    const b = item.get(shown[edge.to]);
    if (a === undefined || b === undefined || a === b) continue;
    const key = a * width + b;
    const before = folded.get(key);
    if (before) {
      before.count += edge.count;
      before.open ||= edge.open;
    } else folded.set(key, { from: a, to: b, count: edge.count, open: edge.open });
  }
  const n = order.length;
  const scene: Scene = {
    ids: [],
    names: [],
    notes: [],
    kinds: new Uint8Array(n),
    bands: new Uint8Array(n),
    flags: new Uint8Array(n),
    boxes: new Float32Array(n * 4),
    parents: Int32Array.from(parents),
    scores: new Float32Array(n),
    edges: new Uint32Array(folded.size * 4),
    bounds,
    total: { nodes: graph.nodes.length, edges: graph.edges.length },
  };
  order.forEach((box, i) => {
    const node = graph.nodes[box.place];
    scene.ids.push(node.id);
    scene.names.push(node.name);
    scene.notes.push(note(graph, box.place));
    scene.kinds[i] = kinds.indexOf(node.kind);
    scene.bands[i] = band(node.score);
    const expandable =
      node.children.length > 0 ||
      ((node.kind === 'container' || node.kind === 'host') &&
        !graph.detailed.has(node.id) &&
        node.state !== 'gone');
    scene.flags[i] =
      (opened.has(node.id) && node.children.length > 0 ? Flag.Open : 0) |
      (expandable ? Flag.Expandable : 0) |
      (node.exposure === 'public' ? Flag.Exposed : 0) |
      (node.state === 'gone' || node.state === 'stopped' ? Flag.Gone : 0);
    scene.boxes.set([box.x, box.y, box.width, box.height], i * 4);
    scene.scores[i] = node.score;
  });
  let at = 0;
  for (const edge of folded.values()) {
    scene.edges.set([edge.from, edge.to, edge.count, edge.open ? 1 : 0], at);
    at += 4;
  }
  return scene;
}
