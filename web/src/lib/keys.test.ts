import { describe, expect, it } from 'vitest';
import { jumps, KeyMachine } from './keys';

const plain = (key: string) => ({ key, plain: true, typing: false });

describe('KeyMachine', () => {
  it('jumps with g and a letter', () => {
    const machine = new KeyMachine();
    expect(machine.next(plain('g'), 0)).toEqual({ kind: 'none' });
    expect(machine.next(plain('t'), 400)).toEqual({ kind: 'jump', path: '/topology' });
    expect(machine.next(plain('t'), 500)).toEqual({ kind: 'none' });
  });
  it('forgets the g after a second, and after a wrong letter', () => {
    const machine = new KeyMachine();
    machine.next(plain('g'), 0);
    expect(machine.next(plain('o'), 1200)).toEqual({ kind: 'none' });
    machine.next(plain('g'), 2000);
    machine.next(plain('z'), 2100);
    expect(machine.next(plain('o'), 2200)).toEqual({ kind: 'none' });
  });
  it('is deaf while one types, except for Escape', () => {
    const machine = new KeyMachine();
    expect(machine.next({ key: '/', plain: true, typing: true }, 0)).toEqual({ kind: 'none' });
    expect(machine.next({ key: 'Escape', plain: true, typing: true }, 0)).toEqual({ kind: 'close' });
    expect(machine.next({ key: 'j', plain: false, typing: false }, 0)).toEqual({ kind: 'none' });
  });
  it('knows search, help and lists', () => {
    const machine = new KeyMachine();
    expect(machine.next(plain('/'), 0)).toEqual({ kind: 'search' });
    expect(machine.next(plain('?'), 0)).toEqual({ kind: 'help' });
    expect(machine.next(plain('k'), 0)).toEqual({ kind: 'list', step: -1 });
  });
  it('has a letter of its own for each page', () => {
    expect(new Set(jumps.map(({ key }) => key)).size).toBe(jumps.length);
  });
});
