// The window onto the picture: where it is, how near, what is under a point, what lies in a direction. Pure.
import type { Scene } from './layout';

export interface View {
  x: number; // world coordinates of the left upper corner
  y: number;
  scale: number;
}
export const kLeast = 0.02;
export const kMost = 2.5;

export function fitView(
  bounds: { width: number; height: number },
  width: number,
  height: number,
  margin = 28,
): View {
  const scale = Math.min(
    1.15,
    Math.max(kLeast, Math.min((width - 2 * margin) / bounds.width, (height - 2 * margin) / bounds.height)),
  );
  return { scale, x: bounds.width / 2 - width / scale / 2, y: bounds.height / 2 - height / scale / 2 };
}

/** Nearer or farther by FACTOR; the world under (PX, PY) stays there. */
export function zoom(view: View, factor: number, px: number, py: number): View {
  const scale = Math.min(kMost, Math.max(kLeast, view.scale * factor));
  return { scale, x: view.x + px / view.scale - px / scale, y: view.y + py / view.scale - py / scale };
}

/** So that the box is seen whole, and is large enough to be read. */
export function reveal(view: View, box: ArrayLike<number>, width: number, height: number): View {
  const [x, y, w, h] = [box[0], box[1], box[2], box[3]];
  const whole = Math.min((width - 80) / w, (height - 80) / h);
  const scale = Math.min(Math.max(view.scale, 0.8), Math.max(kLeast, whole), kMost);
  return { scale, x: x + w / 2 - width / scale / 2, y: y + h / 2 - height / scale / 2 };
}

/** Whether the box is seen whole and is large enough to be told apart. */
export function isSeen(view: View, box: ArrayLike<number>, width: number, height: number): boolean {
  const x = (box[0] - view.x) * view.scale;
  const y = (box[1] - view.y) * view.scale;
  const w = box[2] * view.scale;
  const h = box[3] * view.scale;
  return x >= 0 && y >= 0 && x + w <= width && y + h <= height && h >= 4;
}

/** The innermost item under a point of the world, or -1: children come after their parents. */
export function itemAt(scene: Scene, x: number, y: number): number {
  const { boxes } = scene;
  for (let i = scene.ids.length - 1; i >= 0; i--) {
    const at = i * 4;
    if (
      x >= boxes[at] &&
      y >= boxes[at + 1] &&
      x <= boxes[at] + boxes[at + 2] &&
      y <= boxes[at + 1] + boxes[at + 3]
    )
      return i;
  }
  return -1;
}

/** The nearest item in the direction of an arrow key, among those with the same box around them if there is one. */
export function itemToward(scene: Scene, from: number, key: string): number {
  const { boxes, parents } = scene;
  const centre = (i: number): [number, number] => [
    boxes[i * 4] + boxes[i * 4 + 2] / 2,
    boxes[i * 4 + 1] + boxes[i * 4 + 3] / 2,
  ];
  const [cx, cy] = centre(from);
  const seek = (allowed: (i: number) => boolean) => {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < scene.ids.length; i++) {
      if (i === from || !allowed(i)) continue;
      const [x, y] = centre(i);
      const dx = x - cx;
      const dy = y - cy;
      const along = key === 'ArrowRight' ? dx : key === 'ArrowLeft' ? -dx : key === 'ArrowDown' ? dy : -dy;
      const across = key === 'ArrowRight' || key === 'ArrowLeft' ? Math.abs(dy) : Math.abs(dx);
      if (along <= 1) continue;
      const cost = along + across * 2.5;
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    return best;
  };
  const same = seek((i) => parents[i] === parents[from]);
  return same >= 0 ? same : seek((i) => parents[i] !== from && parents[i] < 0);
}
