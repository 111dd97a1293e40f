// Two lists that come page by page, each in the order of its score, as one. Pure but for what the lists do.
import type { Pages } from '../api/cache';

interface Scored {
  score: number;
}

/** What is known of the joined order: rows below a list's last score may still have others of it above them. */
export function joined<T extends Scored>(lists: { items: T[]; more: boolean }[]): T[] {
  const floor = Math.max(
    Number.NEGATIVE_INFINITY,
    ...lists.filter((list) => list.more).map((list) => list.items.at(-1)?.score ?? Number.POSITIVE_INFINITY),
  );
  return lists
    .flatMap((list) => list.items)
    .filter((row) => row.score >= floor)
    .sort((a, b) => b.score - a.score);
}

/** Rows that SAME gives one name are one row, the first. */
export function mergePages<T extends Scored>(lists: Pages<T>[], same: (row: T) => string): Pages<T> {
  const seen = new Set<string>();
  const items = joined(lists).filter((row) => {
    const name = same(row);
    const first = !seen.has(name);
    seen.add(name);
    return first;
  });
  const more = lists.some((list) => list.more);
  const known = lists.every((list) => list.total !== null);
  return {
    items,
    total: more && known ? lists.reduce((sum, list) => sum + (list.total ?? 0), 0) : null,
    loading: lists.some((list) => list.loading),
    more,
    error: lists.find((list) => list.error)?.error,
    loadMore: () => {
      // The list that ends first holds the others back.
      const waiting = lists.filter((list) => list.more);
      const floor = Math.max(...waiting.map((list) => list.items.at(-1)?.score ?? Number.POSITIVE_INFINITY));
      for (const list of waiting)
        if ((list.items.at(-1)?.score ?? Number.POSITIVE_INFINITY) === floor) list.loadMore();
    },
    reload: () => {
      for (const list of lists) list.reload();
    },
  };
}
