// Keyboard: one listener for the whole page. "g" starts a two-key jump, "/" goes to the search, "?" to help.
import { useEffect } from 'react';
import { navigate } from './router';

export const jumps: { key: string; path: string; name: string }[] = [
  { key: 'o', path: '/', name: 'Overview' },
  { key: 'x', path: '/fix-first', name: 'Fix first' },
  { key: 'v', path: '/vulnerabilities', name: 'Vulnerabilities' },
  { key: 'f', path: '/findings', name: 'Findings' },
  { key: 'k', path: '/secrets', name: 'Secrets (keys)' },
  { key: 'w', path: '/malware', name: 'Malware' },
  { key: 'i', path: '/assets', name: 'Inventory' },
  { key: 't', path: '/topology', name: 'Topology' },
  { key: 'p', path: '/packages', name: 'Packages' },
  { key: 's', path: '/scans', name: 'Scans' },
  { key: 'r', path: '/rules', name: 'Rules' },
  { key: 'm', path: '/masks', name: 'Masks' },
  { key: 'a', path: '/advisories', name: 'Advisories' },
  { key: 'c', path: '/settings', name: 'Settings' },
];

export type KeyAction =
  | { kind: 'jump'; path: string }
  | { kind: 'search' }
  | { kind: 'help' }
  | { kind: 'list'; step: number }
  | { kind: 'close' }
  | { kind: 'none' };

export interface KeyInput {
  key: string;
  plain: boolean; // no ctrl, meta or alt
  typing: boolean; // the focus is in a field
}

/** Decides what a key does; keeps only whether a "g" was pressed less than a second ago. */
export class KeyMachine {
  private jumpUntil = 0;
  next(input: KeyInput, now: number): KeyAction {
    const waiting = now < this.jumpUntil;
    this.jumpUntil = 0;
    if (input.key === 'Escape') return { kind: 'close' };
    if (!input.plain || input.typing) return { kind: 'none' };
    if (waiting) {
      const jump = jumps.find((candidate) => candidate.key === input.key);
      return jump ? { kind: 'jump', path: jump.path } : { kind: 'none' };
    }
    switch (input.key) {
      case 'g':
        this.jumpUntil = now + 1000;
        return { kind: 'none' };
      case '/':
        return { kind: 'search' };
      case '?':
        return { kind: 'help' };
      case 'j':
        return { kind: 'list', step: 1 };
      case 'k':
        return { kind: 'list', step: -1 };
      default:
        return { kind: 'none' };
    }
  }
}

const closers: (() => boolean)[] = [];
const lists: ((step: number) => void)[] = [];

/** While mounted and ACTIVE, Escape calls CLOSE; the newest wins. */
export function useEscape(active: boolean, close: () => void): void {
  useEffect(() => {
    if (!active) return;
    const closer = () => {
      close();
      return true;
    };
    closers.push(closer);
    return () => {
      closers.splice(closers.indexOf(closer), 1);
    };
  }, [active, close]);
}

/** j and k with the focus outside any list go to this one. */
export function useListKeys(move: (step: number) => void): void {
  useEffect(() => {
    lists.push(move);
    return () => {
      lists.splice(lists.indexOf(move), 1);
    };
  }, [move]);
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button|submit)$/.test(target.type))
  );
}

export function focusSearch(): void {
  // The page's own filter first, else the search at the top.
  const field =
    document.querySelector<HTMLInputElement>('.main input[type=search]') ??
    document.querySelector<HTMLInputElement>('.top input[type=search]');
  field?.focus();
  field?.select();
}

export function useGlobalKeys(showHelp: () => void): void {
  useEffect(() => {
    const machine = new KeyMachine();
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const typing = isTyping(event.target);
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const action = machine.next({ key: event.key, plain, typing }, performance.now());
      const modal = document.querySelector('[aria-modal=true]') !== null;
      if (modal && action.kind !== 'close') return;
      switch (action.kind) {
        case 'jump':
          navigate(action.path);
          break;
        case 'search':
          focusSearch();
          break;
        case 'help':
          showHelp();
          break;
        case 'list':
          lists.at(-1)?.(action.step);
          break;
        case 'close':
          if (typing && !modal) (event.target as HTMLElement).blur();
          else closers.at(-1)?.();
          break;
        case 'none':
          return;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [showHelp]);
}
