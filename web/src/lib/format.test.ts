import { describe, expect, it } from 'vitest';
import { absolute, bytes, compact, csv, duration, plural, points, relative, severityOf } from './format';

const now = Date.parse('2026-11-26T12:00:00Z');

describe('relative', () => {
  it.each([
    ['2026-11-26T11:59:58Z', 'just now'],
    ['2026-11-26T11:59:30Z', '30 s ago'],
    ['2026-11-26T11:57:00Z', '3 min ago'],
    ['2026-11-26T09:30:00Z', '2 h ago'],
    ['2026-11-20T12:00:00Z', '6 d ago'],
    ['2026-08-20T12:00:00Z', '3 mo ago'],
    ['2024-11-20T12:00:00Z', '2 y ago'],
    ['2026-11-28T12:00:00Z', 'in 2 d'],
  ])('%s is %s', (time, text) => expect(relative(time, now)).toBe(text));
  it('does not invent a time', () => {
    expect(relative(null, now)).toBe('never');
    expect(relative('soon', now)).toBe('soon');
  });
});

describe('numbers', () => {
  it('shortens only what is long', () => {
    expect(compact(9999)).toBe('9,999');
    expect(compact(1_234_567)).toBe('1.23M');
    expect(compact(null)).toBe('–');
  });
  it('has units', () => {
    expect(bytes(512)).toBe('512 B');
    expect(bytes(118_000_000)).toBe('118 MB');
    expect(bytes(2_500_000_000)).toBe('2.5 GB');
    expect(duration(0.084)).toBe('84 ms');
    expect(duration(75)).toBe('1 min 15 s');
    expect(plural(1, 'finding')).toBe('1 finding');
    expect(plural(2000, 'advisory', 'advisories')).toBe('2,000 advisories');
  });
  it('shows the sign of points', () => {
    expect(points(12.44)).toBe('+12.4');
    expect(points(-3.1)).toBe('−3.1');
  });
});

it('an unknown word for severity is unknown, not harmless', () => {
  expect(severityOf('CRITICAL')).toBe('critical');
  expect(severityOf('whatever')).toBe('unknown');
  expect(severityOf(undefined)).toBe('unknown');
});

it('absolute times are local and sortable', () => {
  expect(absolute('2026-11-26T12:00:00Z')).toMatch(/^2026-11-2[567] \d\d:00:00$/);
  expect(absolute('')).toBe('');
});

it('csv quotes, and disarms formulas', () => {
  expect(
    csv(
      ['a', 'b'],
      [
        ['x,"y"', -1],
        ['=cmd()', null],
      ],
    ),
  ).toBe('a,b\r\n"x,""y""",-1\r\n\'=cmd(),\r\n');
});
