import { describe, expect, it } from 'vitest';
import type { Topology } from '../api/types';
import { Graph, stem } from './graph';
import { depths, Flag, makeScene, shelves } from './layout';
import { fitView, itemAt, itemToward, zoom } from './view';

/** ROLES x EACH hosts with containers, the Internet calling the first role, each role the next one. */
function fleet(roles: string[], each: number, containers: number): Topology {
  const nodes: unknown[][] = [['net-public', 'network', 'The Internet', -1, 'running', 0, '', 'public', 0]];
  const edges: unknown[][] = [];
  const first: number[][] = [];
  let id = 1;
  for (const role of roles) {
    const mine: number[] = [];
    for (let h = 0; h < each; h++) {
      const host = nodes.length;
      nodes.push([
        String(id++),
        'host',
        `${role}-${String(h).padStart(3, '0')}`,
        -1,
        'running',
        h,
        'high',
        'private',
        3,
      ]);
      mine.push(host);
      for (let c = 0; c < containers; c++) {
        nodes.push([String(id++), 'container', `${role}-c${c}`, host, 'running', 10 + c, 'low', 'none', 1]);
        mine.push(nodes.length - 1);
      }
    }
    first.push(mine);
  }
  if (first.length > 0) edges.push([0, first[0][0], 'tcp', 443, 9, 1, 1]);
  for (let r = 0; r + 1 < roles.length; r++)
    for (let i = 0; i < first[r].length; i++) edges.push([first[r][i], first[r + 1][i], 'tcp', 80, 1, 1, 1]);
  return {
    level: 'container',
    generated_at: '',
    truncated: false,
    node_fields: [],
    edge_fields: [],
    nodes,
    edges,
  } as unknown as Topology;
}

const overlap = (boxes: ArrayLike<number>, a: number, b: number) =>
  boxes[a * 4] < boxes[b * 4] + boxes[b * 4 + 2] &&
  boxes[b * 4] < boxes[a * 4] + boxes[a * 4 + 2] &&
  boxes[a * 4 + 1] < boxes[b * 4 + 1] + boxes[b * 4 + 3] &&
  boxes[b * 4 + 1] < boxes[a * 4 + 1] + boxes[a * 4 + 3];

describe('stem', () => {
  it.each([
    ['eu-west-web-0103', 'eu-west-web'],
    ['db1.example.org', 'db'],
    ['gateway', 'gateway'],
    ['10', '10'],
  ])('%s belongs to %s', (name, group) => expect(stem(name)).toBe(group));
});

describe('Graph', () => {
  it('shows few hosts one by one, many as groups', () => {
    expect(new Graph(fleet(['web', 'db'], 3, 2)).nodes.some((node) => node.kind === 'group')).toBe(false);
    const graph = new Graph(fleet(['web', 'api', 'db'], 30, 2));
    const groups = graph.nodes.filter((node) => node.kind === 'group');
    expect(groups.map((node) => node.name).sort()).toEqual(['api', 'db', 'web']);
    expect(groups[0].findings).toBe(30 * 3 + 60);
    expect(groups[0].score).toBe(29);
  });
  it('replaces what was known of an asset by its processes', () => {
    const graph = new Graph(fleet(['web', 'db'], 2, 1));
    const before = graph.edges.length;
    const processes = {
      ...fleet([], 0, 0),
      nodes: [
        ['net-public', 'network', 'The Internet', -1, 'running', 0, '', 'public', 0],
        ['1', 'host', 'web-000', -1, 'running', 0, 'high', 'private', 3],
        ['p1-7', 'process', 'nginx (7)', 1, 'running', 0, '', 'public', 0],
      ],
      edges: [[0, 2, 'tcp', 443, 9, 1, 1]],
    } as unknown as Topology;
    graph.detail(processes, '1');
    expect(graph.nodes[graph.places.get('p1-7')!].parent).toBe(graph.places.get('1'));
    expect(graph.edges.length).toBeLessThan(before + 1);
    expect(graph.edges.at(-1)).toMatchObject({ from: 0, to: graph.places.get('p1-7'), port: 443 });
  });
  it('finds by name, best first', () => {
    const found = new Graph(fleet(['web', 'db'], 2, 1)).search('db', 3);
    expect(found[0]).toMatchObject({ name: 'db-c0', above: 'db-000' });
    expect(new Graph(fleet(['web'], 1, 0)).search('  ', 3)).toEqual([]);
  });
});

describe('layout', () => {
  it('is the same every time', () => {
    const make = () => makeScene(new Graph(fleet(['web', 'api', 'db'], 30, 3)), new Set(['g:api']));
    expect(make()).toEqual(make());
  });
  it('goes left to right from the network, and nothing overlaps', () => {
    const scene = makeScene(new Graph(fleet(['web', 'api', 'db'], 30, 3)), new Set(['g:api', '121']));
    const x = (id: string) => scene.boxes[scene.ids.indexOf(id) * 4];
    expect(x('net-public')).toBeLessThan(x('g:web'));
    expect(x('g:web')).toBeLessThan(x('g:api'));
    expect(x('g:api')).toBeLessThan(x('g:db'));
    for (let a = 0; a < scene.ids.length; a++)
      for (let b = a + 1; b < scene.ids.length; b++)
        if (scene.parents[a] === scene.parents[b]) expect(overlap(scene.boxes, a, b)).toBe(false);
  });
  it('keeps children inside their box', () => {
    const scene = makeScene(new Graph(fleet(['web', 'api'], 30, 3)), new Set(['g:api']));
    const { boxes, parents } = scene;
    for (let i = 0; i < scene.ids.length; i++) {
      const p = parents[i];
      if (p < 0) continue;
      expect(scene.flags[p] & Flag.Open).toBeTruthy();
      expect(boxes[i * 4]).toBeGreaterThanOrEqual(boxes[p * 4]);
      expect(boxes[i * 4] + boxes[i * 4 + 2]).toBeLessThanOrEqual(boxes[p * 4] + boxes[p * 4 + 2]);
      expect(boxes[i * 4 + 1] + boxes[i * 4 + 3]).toBeLessThanOrEqual(boxes[p * 4 + 1] + boxes[p * 4 + 3]);
    }
  });
  it('folds the connections of what is folded', () => {
    const graph = new Graph(fleet(['web', 'api', 'db'], 30, 3));
    expect(makeScene(graph, new Set()).edges.length / 4).toBe(3);
    const all = new Set(graph.nodes.map((node) => node.id));
    expect(makeScene(graph, all).edges.length / 4).toBe(graph.edges.length);
  });
  it('lays out ten thousand nodes in a fraction of a second', () => {
    const graph = new Graph(fleet(['edge', 'web', 'api', 'db', 'batch'], 200, 9));
    const all = new Set(graph.nodes.map((node) => node.id));
    const started = performance.now();
    const scene = makeScene(graph, all);
    expect(scene.ids.length).toBeGreaterThan(10_000);
    expect(performance.now() - started).toBeLessThan(1500);
  });
  it('puts what nothing reaches last', () => {
    expect([
      ...depths(
        4,
        [0],
        [
          [0, 1],
          [1, 2],
        ],
      ),
    ]).toEqual([0, 1, 2, 3]);
  });
  it('packs rows in order', () => {
    const boxes = [1, 2, 3, 4].map(() => ({ x: 0, y: 0, width: 10, height: 10 }));
    const size = shelves(boxes, 2, 1);
    expect(boxes.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [12, 0],
      [0, 12],
      [12, 12],
    ]);
    expect(size).toEqual({ width: 22, height: 22 });
  });
});

describe('view', () => {
  const scene = makeScene(new Graph(fleet(['web', 'api'], 30, 3)), new Set(['g:api']));
  it('shows everything at first', () => {
    const view = fitView(scene.bounds, 800, 600);
    expect((0 - view.x) * view.scale).toBeGreaterThanOrEqual(0);
    expect((scene.bounds.width - view.x) * view.scale).toBeLessThanOrEqual(800);
  });
  it('zooms around the pointer', () => {
    const before = { x: 10, y: 20, scale: 1 };
    const after = zoom(before, 2, 100, 50);
    expect(after.x + 100 / after.scale).toBeCloseTo(110);
    expect(after.y + 50 / after.scale).toBeCloseTo(70);
  });
  it('finds the innermost item under a point', () => {
    const host = scene.ids.findIndex((_, i) => scene.parents[i] >= 0);
    const at = itemAt(scene, scene.boxes[host * 4] + 3, scene.boxes[host * 4 + 1] + 3);
    expect(at).toBe(host);
    expect(itemAt(scene, -500, -500)).toBe(-1);
  });
  it('walks by arrow keys', () => {
    const from = scene.ids.indexOf('g:web');
    expect(scene.ids[itemToward(scene, from, 'ArrowRight')]).toBe('g:api');
    expect(scene.ids[itemToward(scene, from, 'ArrowLeft')]).toBe('net-public');
    expect(itemToward(scene, scene.ids.indexOf('net-public'), 'ArrowLeft')).toBe(-1);
  });
});
