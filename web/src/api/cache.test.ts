import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mergeHead, Throttle } from './cache';

describe('mergeHead', () => {
  const key = (text: string) => text;
  it('puts the new head before what was read already, without doubles', () => {
    expect(mergeHead(['b', 'c', 'd', 'e'], ['a', 'b'], key)).toEqual(['a', 'b', 'd', 'e']);
  });
  it('is the head where nothing more was read', () => {
    expect(mergeHead(['a', 'b'], ['b', 'c', 'd'], key)).toEqual(['b', 'c', 'd']);
  });
});

describe('Throttle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  it('runs soon, then at most once a period, and never loses the last call', () => {
    let runs = 0;
    const throttle = new Throttle(
      () => runs++,
      100,
      1000,
      () => Date.now(),
    );
    for (let i = 0; i < 50; i++) throttle.call();
    vi.advanceTimersByTime(100);
    expect(runs).toBe(1);
    throttle.call();
    vi.advanceTimersByTime(900);
    expect(runs).toBe(1);
    vi.advanceTimersByTime(200);
    expect(runs).toBe(2);
    vi.advanceTimersByTime(5000);
    expect(runs).toBe(2);
  });
  it('can be stopped', () => {
    let runs = 0;
    const throttle = new Throttle(
      () => runs++,
      100,
      1000,
      () => Date.now(),
    );
    throttle.call();
    throttle.cancel();
    vi.advanceTimersByTime(5000);
    expect(runs).toBe(0);
  });
});
