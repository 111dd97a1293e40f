import { describe, expect, it, vi } from 'vitest';
import type { Pages } from '../api/cache';
import { joined, mergePages } from './merge';

interface Row {
  score: number;
  id: string;
}
const rows = (...scores: number[]): Row[] => scores.map((score) => ({ score, id: `r${score}` }));
const pages = (items: Row[], more: boolean, total: number | null = 100): Pages<Row> => ({
  items,
  total,
  more,
  loading: false,
  error: undefined,
  loadMore: vi.fn(),
  reload: vi.fn(),
});

describe('joined', () => {
  it('is in one order', () => {
    const list = joined([
      { items: rows(9, 5, 1), more: false },
      { items: rows(7, 2), more: false },
    ]);
    expect(list.map((row) => row.score)).toEqual([9, 7, 5, 2, 1]);
  });
  it('holds back what the next page of the other list may come before', () => {
    const list = joined([
      { items: rows(9, 8), more: true },
      { items: rows(10, 7, 3), more: false },
    ]);
    expect(list.map((row) => row.score)).toEqual([10, 9, 8]);
  });
  it('shows nothing while a list has not begun', () => {
    expect(
      joined([
        { items: rows(9), more: false },
        { items: [] as Row[], more: true },
      ]),
    ).toEqual([]);
  });
});

describe('mergePages', () => {
  it('reads on in the list that holds the others back', () => {
    const first = pages(rows(9, 8), true);
    const second = pages(rows(10, 7, 3), true);
    mergePages([first, second], (row) => row.id).loadMore();
    expect(first.loadMore).toHaveBeenCalledOnce();
    expect(second.loadMore).not.toHaveBeenCalled();
  });
  it('counts what is there only at the end', () => {
    expect(mergePages([pages(rows(9), true), pages(rows(8), false)], (row) => row.id).total).toBe(200);
    const end = mergePages([pages(rows(9, 8), false), pages(rows(8), false)], (row) => row.id);
    expect(end.total).toBeNull();
    expect(end.items).toHaveLength(2);
  });
});
