import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { concerns, mergeHead, Throttle } from './cache';

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

describe('concerns', () => {
  const event = (type: string, data: object) => ({ type, id: '', data });
  it('hears a topic, and one asset of a topic', () => {
    const topics = new Set(['mask', 'scan@12']);
    expect(concerns(topics, event('mask', {}))).toBe(true);
    expect(concerns(topics, event('scan', { asset_id: '12' }))).toBe(true);
    expect(concerns(topics, event('scan', { asset_id: '13' }))).toBe(false);
    expect(concerns(topics, event('scan', { asset_ids: ['7', '12'] }))).toBe(true);
    expect(concerns(topics, event('finding', { asset_id: '12' }))).toBe(false);
  });
  it('always hears that something may have been missed', () => {
    expect(concerns(new Set(), event('reset', {}))).toBe(true);
    expect(concerns(new Set(), { type: 'open', id: '', data: null })).toBe(true);
  });
});
