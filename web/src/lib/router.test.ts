import { expect, it } from 'vitest';
import { href, matchPath } from './router';

it('one state has one URL', () => {
  expect(href('/findings')).toBe('/findings');
  expect(href('/findings', { q: '', kev: false, severity: undefined, asset: null })).toBe('/findings');
  expect(href('/packages', { q: 'a b&c' })).toBe('/packages?q=a+b%26c');
});

it('matches paths and their parts', () => {
  expect(matchPath('/assets/:id', '/assets/12')).toEqual({ id: '12' });
  expect(matchPath('/assets/:id', '/assets/12/')).toEqual({ id: '12' });
  expect(matchPath('/assets/:id', '/assets/a%2Fb')).toEqual({ id: 'a/b' });
  expect(matchPath('/assets/:id', '/assets')).toBeNull();
  expect(matchPath('/assets/:id', '/assets/%zz')).toBeNull();
  expect(matchPath('/assets', '/scans')).toBeNull();
});
