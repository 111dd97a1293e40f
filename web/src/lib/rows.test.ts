import { describe, expect, it } from 'vitest';
import { anchoredScroll, moveMarker, scrollToShow, tracksFor, visibleRange } from './rows';

describe('visibleRange', () => {
  it('draws a window of a million rows', () => {
    expect(visibleRange(0, 380, 38, 1_000_000)).toEqual([0, 18]);
    expect(visibleRange(38 * 5000, 380, 38, 1_000_000)).toEqual([4992, 5018]);
  });
  it('never goes past the end', () => {
    expect(visibleRange(0, 380, 38, 3)).toEqual([0, 3]);
    expect(visibleRange(99_999, 380, 38, 3)).toEqual([3, 3]);
  });
});

describe('moveMarker', () => {
  it.each([
    ['j', -1, 0],
    ['j', 4, 5],
    ['ArrowDown', 9, 9],
    ['k', 0, 0],
    ['ArrowUp', 5, 4],
    ['PageDown', 0, 4],
    ['PageUp', 9, 5],
    ['Home', 7, 0],
    ['End', 2, 9],
  ])('%s from %i goes to %i', (key, from, to) => expect(moveMarker(key, from, 10, 5)).toBe(to));
  it('leaves other keys and empty lists alone', () => {
    expect(moveMarker('a', 1, 10, 5)).toBeNull();
    expect(moveMarker('j', -1, 0, 5)).toBeNull();
  });
});

it('scrolls only as far as needed', () => {
  expect(scrollToShow(3, 0, 380, 38)).toBe(0);
  expect(scrollToShow(12, 0, 380, 38)).toBe(114);
  expect(scrollToShow(2, 380, 380, 38)).toBe(76);
});

describe('anchoredScroll', () => {
  const list = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `r${from + i}`);
  it('keeps what the reader sees when rows come in above', () => {
    expect(anchoredScroll(list(10, 100), list(5, 100), 380, 38)).toBe(380 + 5 * 38);
  });
  it('keeps it when rows above go', () => {
    expect(anchoredScroll(list(0, 100), list(4, 100), 380, 38)).toBe(380 - 4 * 38);
  });
  it('follows the next row when the first seen one is gone', () => {
    const after = list(0, 100).filter((key) => key !== 'r10');
    expect(anchoredScroll(list(0, 100), after, 380, 38)).toBe(380 - 38);
  });
  it('stays at the top, where new rows are wanted', () => {
    expect(anchoredScroll(list(10, 100), list(5, 100), 0, 38)).toBe(0);
  });
});

describe('tracksFor', () => {
  const columns = [
    { width: '100px' },
    { width: 'minmax(120px, 1fr)', from: 300 },
    { width: '90px', from: 400 },
    { width: '90px', from: 200 },
  ];
  it('shows what fits', () => {
    expect(tracksFor(columns, 1000).shown).toEqual([true, true, true, true]);
    expect(tracksFor(columns, 250).shown).toEqual([true, false, false, true]);
  });
  it('never lets the columns be wider than the list', () => {
    expect(tracksFor(columns, 420).shown).toEqual([true, true, false, true]);
  });
});
