// Draws the scene on a canvas, without a GPU if there is none. Boxes and names are drawn at every frame, only
// those that are seen and only as fine as they are large. Edges, which may be tens of thousands, are drawn into
// a picture of their own, a few milliseconds a frame; until it is ready the one before is shown, moved along.
import { bandColours, Flag, kHeader, type Scene } from './layout';
import type { View } from './view';

export interface Colours {
  surface: string;
  surface2: string;
  surface3: string;
  line: string;
  strong: string;
  text: string;
  muted: string;
  accent: string;
  bad: string;
  bands: string[];
  sans: string;
}

/** The theme's colours as the browser resolves them. */
export function readColours(element: HTMLElement): Colours {
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const result: Colours = {
    surface: colour('surface'),
    surface2: colour('surface-2'),
    surface3: colour('surface-3'),
    line: colour('line'),
    strong: colour('line-strong'),
    text: colour('text'),
    muted: colour('text-2'),
    accent: colour('accent'),
    bad: colour('bad'),
    bands: bandColours.map((word) => (word ? colour(`${word}-fill`) : colour('surface-3'))),
    sans: getComputedStyle(element).fontFamily,
  };
  probe.remove();
  return result;
}

const kSlice = 7; // ms of edges a frame
const kStroke = 160; // edges a stroke: one long path is far dearer than many short ones

export class Painter {
  scene: Scene | null = null;
  view: View = { x: 0, y: 0, scale: 1 };
  selected = -1;
  hovered = -1;
  private context: CanvasRenderingContext2D;
  private ready: { canvas: HTMLCanvasElement; view: View; stale: boolean } | null = null;
  private making: {
    canvas: HTMLCanvasElement;
    context: CanvasRenderingContext2D;
    view: View;
    next: number;
    curved: boolean;
  } | null = null;
  private spare: HTMLCanvasElement | null = null;
  private frame = 0;
  private moved = 0;
  private links: Uint32Array[] = [];
  private ratio = 1;
  width = 1;
  height = 1;

  constructor(
    private canvas: HTMLCanvasElement,
    private colours: Colours,
  ) {
    this.context = canvas.getContext('2d', { alpha: true })!;
  }

  setColours(colours: Colours): void {
    this.colours = colours;
    this.invalidate();
  }
  setScene(scene: Scene): void {
    const before = this.scene;
    this.scene = scene;
    this.selected = -1;
    this.hovered = -1;
    this.links = [];
    // Live updates mostly change nothing that is drawn; then what was drawn stays.
    const placed = before !== null && equal(before.boxes, scene.boxes);
    if (!placed) this.ready = null;
    if (placed && equal(before.edges, scene.edges)) this.draw();
    else this.invalidate();
  }
  resize(width: number, height: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.ready = null;
    this.spare = null;
    this.invalidate();
  }
  setView(view: View): void {
    this.view = view;
    this.moved = performance.now();
    this.making = null;
    this.draw();
  }
  select(item: number): void {
    this.selected = item;
    this.draw();
  }
  hover(item: number): void {
    if (item === this.hovered) return;
    this.hovered = item;
    this.draw();
  }
  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
  private invalidate(): void {
    this.making = null;
    this.moved = 0;
    if (this.ready) this.ready.stale = true;
    this.draw();
  }
  private draw(): void {
    if (!this.frame)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.paint();
      });
  }

  private paint(): void {
    const { context, scene, view, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!scene) return;
    const current = this.ready && !this.ready.stale && same(this.ready.view, view);
    if (!current && performance.now() - this.moved > 60) this.work();
    else if (!current) this.draw();
    this.open();
    if (this.ready) {
      const { canvas, view: drawn } = this.ready;
      const factor = view.scale / drawn.scale;
      context.setTransform(
        factor,
        0,
        0,
        factor,
        (drawn.x - view.x) * view.scale * ratio,
        (drawn.y - view.y) * view.scale * ratio,
      );
      context.drawImage(canvas, 0, 0);
    }
    this.boxes();
    this.highlight();
  }

  /** A slice of the picture of edges. */
  private work(): void {
    const scene = this.scene!;
    const started = performance.now();
    if (!this.making) {
      const canvas = this.spare ?? document.createElement('canvas');
      this.spare = null;
      canvas.width = this.canvas.width;
      canvas.height = this.canvas.height;
      this.making = {
        canvas,
        context: canvas.getContext('2d')!,
        view: this.view,
        next: 0,
        curved: scene.edges.length / 4 < 2500,
      };
    }
    const { context, view, curved } = this.making;
    const many = scene.edges.length / 4;
    const scale = view.scale * this.ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.strokeStyle = this.colours.muted;
    const [left, top] = [view.x, view.y];
    const right = left + this.width / view.scale;
    const bottom = top + this.height / view.scale;
    const { boxes, edges } = scene;
    while (this.making.next < many && performance.now() - started < kSlice) {
      const end = Math.min(many, this.making.next + (curved ? 1 : kStroke));
      context.globalAlpha = curved
        ? edges[this.making.next * 4 + 3]
          ? 0.42
          : 0.2
        : Math.max(0.02, Math.min(0.18, 500 / many));
      context.lineWidth = curved
        ? Math.max(
            0.8,
            Math.min(5, 0.6 + Math.log2(1 + edges[this.making.next * 4 + 2]) * 0.45) *
              Math.min(1, view.scale),
          ) * this.ratio
        : this.ratio;
      context.beginPath();
      for (let i = this.making.next; i < end; i++) {
        const a = edges[i * 4] * 4;
        const b = edges[i * 4 + 1] * 4;
        const line = ends(boxes, a, b);
        if (
          Math.max(line.x1, line.x2) < left ||
          Math.min(line.x1, line.x2) > right ||
          Math.max(line.y1, line.y2) < top ||
          Math.min(line.y1, line.y2) > bottom
        )
          continue;
        const x1 = (line.x1 - left) * scale;
        const y1 = (line.y1 - top) * scale;
        const x2 = (line.x2 - left) * scale;
        const y2 = (line.y2 - top) * scale;
        context.moveTo(x1, y1);
        if (curved) {
          const bend = Math.max(24 * scale, Math.abs(x2 - x1) * 0.45);
          context.bezierCurveTo(x1 + bend * line.out, y1, x2 - bend * line.into, y2, x2, y2);
        } else context.lineTo(x2, y2);
      }
      context.stroke();
      this.making.next = end;
    }
    if (this.making.next >= many) {
      this.spare = this.ready?.canvas ?? null;
      this.ready = { canvas: this.making.canvas, view, stale: false };
      this.making = null;
    }
    this.draw();
  }

  /** What is opened lies below the edges, or it would hide those inside. */
  private open(): void {
    const { context, view, ratio, colours } = this;
    const scene = this.scene!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    for (let i = 0; i < scene.ids.length; i++) {
      if (!(scene.flags[i] & Flag.Open)) continue;
      const x = (scene.boxes[i * 4] - view.x) * view.scale;
      const y = (scene.boxes[i * 4 + 1] - view.y) * view.scale;
      const w = scene.boxes[i * 4 + 2] * view.scale;
      const h = scene.boxes[i * 4 + 3] * view.scale;
      if (x > this.width || y > this.height || x + w < 0 || y + h < 0) continue;
      context.fillStyle = scene.kinds[i] === 1 ? colours.surface2 : colours.surface;
      if (h > 10) {
        round(context, x, y, w, h, Math.min(8, 8 * view.scale + 1));
        context.fill();
        context.stroke();
      } else context.fillRect(x, y, w, h);
    }
  }

  private boxes(): void {
    const { context, view, ratio, colours } = this;
    const scene = this.scene!;
    const { boxes } = scene;
    const scale = view.scale;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const small: number[][] = bandColours.map(() => []);
    const labels: number[] = [];
    for (let i = 0; i < scene.ids.length; i++) {
      const x = (boxes[i * 4] - view.x) * scale;
      const y = (boxes[i * 4 + 1] - view.y) * scale;
      const w = boxes[i * 4 + 2] * scale;
      const h = boxes[i * 4 + 3] * scale;
      if (x > this.width || y > this.height || x + w < 0 || y + h < 0) continue;
      if (scene.flags[i] & Flag.Open) {
        if (kHeader * scale > 11) labels.push(i);
      } else if (h < 9) {
        small[scene.bands[i]].push(x, y, Math.max(1, w), Math.max(1, h));
      } else {
        const gone = scene.flags[i] & Flag.Gone;
        context.globalAlpha = gone ? 0.6 : 1;
        context.fillStyle = colours.surface;
        context.strokeStyle = scene.flags[i] & Flag.Exposed ? colours.bad : colours.strong;
        context.lineWidth = scene.flags[i] & Flag.Exposed ? 1.6 : 1;
        round(context, x, y, w, h, Math.min(6, 6 * scale + 1));
        context.fill();
        context.stroke();
        context.fillStyle = colours.bands[scene.bands[i]];
        round(context, x + 2.5, y + 3, Math.max(2, 4 * Math.min(1, scale)), h - 6, 2);
        context.fill();
        context.globalAlpha = 1;
        if (h > 12) labels.push(i);
      }
    }
    for (let band = 0; band < small.length; band++) {
      const list = small[band];
      context.fillStyle = band === 4 ? colours.strong : colours.bands[band];
      for (let i = 0; i < list.length; i += 4)
        context.fillRect(list[i], list[i + 1], list[i + 2], list[i + 3]);
    }
    if (labels.length < 900) for (const i of labels) this.label(i);
  }

  private label(i: number): void {
    const { context, view, colours } = this;
    const scene = this.scene!;
    const x = (scene.boxes[i * 4] - view.x) * view.scale;
    const y = (scene.boxes[i * 4 + 1] - view.y) * view.scale;
    const w = scene.boxes[i * 4 + 2] * view.scale;
    const h = scene.boxes[i * 4 + 3] * view.scale;
    const open = scene.flags[i] & Flag.Open;
    const size = Math.max(8.5, Math.min(13, 12.5 * view.scale));
    const two = !open && scene.notes[i] !== '' && h > 30;
    const indent = open ? 10 * view.scale : 11 * Math.min(1, view.scale) + 3;
    const room = w - indent - (scene.flags[i] & Flag.Expandable && !open ? 20 : 5);
    context.fillStyle = colours.text;
    context.font = `${scene.kinds[i] < 3 || open ? 600 : 400} ${size}px ${colours.sans}`;
    context.textBaseline = 'middle';
    const middle = open ? y + (kHeader * view.scale) / 2 + 1 : two ? y + h / 2 - size * 0.62 : y + h / 2;
    // An open box's name stays in sight while its box is crossed.
    const left = open ? Math.max(x + indent, Math.min(8, x + w - 120)) : x + indent;
    context.fillText(cut(scene.names[i], room, size), left, middle);
    if (two) {
      context.fillStyle = colours.muted;
      context.font = `400 ${size * 0.9}px ${colours.sans}`;
      context.fillText(cut(scene.notes[i], room, size * 0.9), x + indent, y + h / 2 + size * 0.68);
    }
    if (scene.flags[i] & Flag.Expandable && !open && w > 60) {
      context.strokeStyle = colours.muted;
      context.lineWidth = 1.3;
      const cx = x + w - 10;
      const cy = y + h / 2;
      context.beginPath();
      context.moveTo(cx - 3.5, cy);
      context.lineTo(cx + 3.5, cy);
      context.moveTo(cx, cy - 3.5);
      context.lineTo(cx, cy + 3.5);
      context.stroke();
    }
  }

  /** The chosen item, its edges and the other ends, above everything. */
  private highlight(): void {
    const scene = this.scene!;
    const { context, view, colours, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const frame = (i: number, colour: string, width: number) => {
      context.strokeStyle = colour;
      context.lineWidth = width;
      round(
        context,
        (scene.boxes[i * 4] - view.x) * view.scale - 1.5,
        (scene.boxes[i * 4 + 1] - view.y) * view.scale - 1.5,
        Math.max(4, scene.boxes[i * 4 + 2] * view.scale + 3),
        Math.max(4, scene.boxes[i * 4 + 3] * view.scale + 3),
        7,
      );
      context.stroke();
    };
    if (this.hovered >= 0 && this.hovered !== this.selected) frame(this.hovered, colours.muted, 1.5);
    if (this.selected < 0) return;
    const shown = this.edgesOf(this.selected);
    context.lineWidth = 1.6;
    for (let k = 0; k < Math.min(shown.length, 600); k++) {
      const i = shown[k];
      const line = ends(scene.boxes, scene.edges[i * 4] * 4, scene.edges[i * 4 + 1] * 4);
      const x1 = (line.x1 - view.x) * view.scale;
      const y1 = (line.y1 - view.y) * view.scale;
      const x2 = (line.x2 - view.x) * view.scale;
      const y2 = (line.y2 - view.y) * view.scale;
      const bend = Math.max(24 * view.scale, Math.abs(x2 - x1) * 0.45);
      context.strokeStyle = colours.accent;
      context.globalAlpha = shown.length > 60 ? 0.45 : 0.85;
      context.beginPath();
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1 + bend * line.out, y1, x2 - bend * line.into, y2, x2, y2);
      context.stroke();
      if (shown.length <= 200) {
        const tip = line.into * 7;
        context.fillStyle = colours.accent;
        context.beginPath();
        context.moveTo(x2, y2);
        context.lineTo(x2 - tip, y2 - 3.5);
        context.lineTo(x2 - tip, y2 + 3.5);
        context.fill();
      }
    }
    context.globalAlpha = 1;
    frame(this.selected, colours.accent, 2.5);
  }

  private edgesOf(item: number): Uint32Array {
    const scene = this.scene!;
    const known = this.links[item];
    if (known) return known;
    // An open box has the edges of all that is in it; children come after their parents.
    const inside = new Uint8Array(scene.ids.length);
    inside[item] = 1;
    for (let i = item + 1; i < inside.length; i++)
      if (scene.parents[i] >= 0 && inside[scene.parents[i]]) inside[i] = 1;
    const found: number[] = [];
    for (let i = 0; i < scene.edges.length; i += 4) {
      if (inside[scene.edges[i]] !== inside[scene.edges[i + 1]]) found.push(i / 4);
    }
    this.links[item] = Uint32Array.from(found);
    return this.links[item];
  }
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const same = (a: View, b: View) => a.x === b.x && a.y === b.y && a.scale === b.scale;

/** Where an edge leaves and enters: the facing sides; where one is above the other, the right sides. */
function ends(
  boxes: Float32Array,
  a: number,
  b: number,
): { x1: number; y1: number; x2: number; y2: number; out: number; into: number } {
  const y1 = boxes[a + 1] + boxes[a + 3] / 2;
  const y2 = boxes[b + 1] + boxes[b + 3] / 2;
  if (boxes[a] + boxes[a + 2] <= boxes[b] + 1)
    return { x1: boxes[a] + boxes[a + 2], y1, x2: boxes[b], y2, out: 1, into: 1 };
  if (boxes[b] + boxes[b + 2] <= boxes[a] + 1)
    return { x1: boxes[a], y1, x2: boxes[b] + boxes[b + 2], y2, out: -1, into: -1 };
  return { x1: boxes[a] + boxes[a + 2], y1, x2: boxes[b] + boxes[b + 2], y2, out: 1, into: -1 };
}

function round(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
  r: number,
): void {
  context.beginPath();
  context.roundRect(x, y, w, h, Math.max(0, Math.min(r, w / 2, h / 2)));
}

function cut(text: string, room: number, size: number): string {
  const letters = Math.floor(room / (size * 0.61));
  if (letters < 2) return '';
  if (text.length <= letters) return text;
  // Names of one kind differ at their end.
  const head = Math.ceil((letters - 1) * 0.35);
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - 1 - head))}`;
}
