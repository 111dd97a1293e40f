import { describe, expect, it } from 'vitest';
import type { PathStep } from '../api/types';
import { drawPath, factorName, pathSentence, waterfall } from './explain';

const step = (kind: PathStep['kind']): PathStep => ({
  kind,
  title: kind,
  detail: '',
  asset_id: null,
  pid: null,
});

describe('waterfall', () => {
  it('starts each reason where the one before ended', () => {
    const bars = waterfall([
      { factor: 'severity', points: 40, detail: '' },
      { factor: 'epss', points: 40, detail: '' },
      { factor: 'idle', points: -20, detail: '' },
    ]);
    expect(bars.map(({ from, width }) => [from, width])).toEqual([
      [0, 50],
      [50, 50],
      [75, 25],
    ]);
  });
  it('draws no reasons as nothing', () => expect(waterfall([])).toEqual([]));
});

describe('drawPath', () => {
  it('orders from the network to the weakness', () => {
    const drawn = drawPath([
      step('weakness'),
      step('process'),
      step('network'),
      step('package'),
      step('listener'),
    ]);
    expect(drawn.map(({ kind }) => kind)).toEqual(['network', 'listener', 'process', 'package', 'weakness']);
    expect(drawn.some(({ gap }) => gap)).toBe(false);
    expect(drawn.filter(({ hot }) => hot)).toHaveLength(2);
  });
  it('breaks the line where no process is known', () => {
    expect(drawPath([step('container'), step('package'), step('weakness')]).map(({ gap }) => gap)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

it('the sentence never says that something is safe', () => {
  const texts = [
    pathSentence([step('network'), step('listener'), step('process'), step('package')], 'loaded'),
    pathSentence([step('listener'), step('process')], 'loaded'),
    pathSentence([step('process')], 'loaded'),
    pathSentence([step('package')], 'unknown'),
    pathSentence([step('package')], 'idle'),
  ];
  expect(new Set(texts).size).toBe(5);
  for (const text of texts) expect(text).not.toMatch(/\bsafe\b|not vulnerable|harmless/i);
});

it('names factors for people', () => {
  expect(factorName('known-exploited')).toBe('Known exploited');
  expect(factorName('epss')).toBe('EPSS');
});
