// The arithmetic of long lists: which rows are seen, where the marker goes, what stays put. Pure.

/** First and one-past-last row to draw. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  rows: number,
  spare = 8,
): [number, number] {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const last = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return [Math.min(first, rows), Math.max(Math.min(first, rows), last)];
}

/** Where a key moves the marker in a list of ROWS, PAGE of which are seen; null: the key is not for lists. */
export function moveMarker(key: string, at: number, rows: number, page: number): number | null {
  if (rows === 0) return null;
  const clamp = (value: number) => Math.max(0, Math.min(rows - 1, value));
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return at < 0 ? 0 : clamp(at + 1);
    case 'ArrowUp':
    case 'k':
      return at < 0 ? 0 : clamp(at - 1);
    case 'PageDown':
      return clamp(at + Math.max(1, page - 1));
    case 'PageUp':
      return clamp(at - Math.max(1, page - 1));
    case 'Home':
      return 0;
    case 'End':
      return rows - 1;
    default:
      return null;
  }
}

/** The scroll position that shows row INDEX whole, the nearest to SCROLLTOP. */
export function scrollToShow(index: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}

/**
 * After an update: the scroll position at which the reader sees what they saw. The first row that was seen and
 * still exists keeps its place; at the very top the list stays at the top, so that new rows are seen.
 */
export function anchoredScroll(
  before: string[],
  after: string[],
  scrollTop: number,
  rowHeight: number,
): number {
  if (scrollTop < rowHeight) return scrollTop;
  const places = new Map(after.map((key, index) => [key, index]));
  const first = Math.floor(scrollTop / rowHeight);
  for (let i = first; i < Math.min(before.length, first + 40); i++) {
    const now = places.get(before[i]);
    if (now !== undefined) return Math.max(0, scrollTop + (now - i) * rowHeight);
  }
  return scrollTop;
}

export interface ColumnShape {
  width: string; // a grid track
  from?: number; // hidden in a list narrower than this, px
}
/** The least width of a track: of "80px", "minmax(80px, 1fr)". */
function least(track: string): number {
  return Number(/(\d+)px/.exec(track)?.[1] ?? 0);
}

/** Which columns a list of WIDTH shows; where too many want to be, those that need the most room go first. */
export function tracksFor(
  columns: ColumnShape[],
  width: number,
  gap = 14,
  padding = 28,
): { shown: boolean[]; template: string } {
  const shown = columns.map((column) => width >= (column.from ?? 0));
  const need = () =>
    columns.reduce((sum, column, i) => (shown[i] ? sum + least(column.width) + gap : sum), padding - gap);
  while (need() > width) {
    let drop = -1;
    for (let i = 0; i < columns.length; i++) {
      if (shown[i] && (columns[i].from ?? 0) > (drop < 0 ? 0 : (columns[drop].from ?? 0))) drop = i;
    }
    if (drop < 0) break;
    shown[drop] = false;
  }
  const template = columns
    .filter((_, i) => shown[i])
    .map((column) => column.width)
    .join(' ');
  return { shown, template };
}
