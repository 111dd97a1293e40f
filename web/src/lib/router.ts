// The URL holds all state of the page. A router of a hundred lines: history API and search parameters.
import {
  type AnchorHTMLAttributes,
  createElement,
  type MouseEvent,
  useCallback,
  useSyncExternalStore,
} from 'react';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

const snapshot = () => window.location.pathname + window.location.search;

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === snapshot()) return;
  if (options.replace) window.history.replaceState(null, '', to);
  else window.history.pushState(null, '', to);
  for (const listener of [...listeners]) listener();
}

export interface Location {
  path: string;
  params: URLSearchParams;
}

export function useLocation(): Location {
  const url = useSyncExternalStore(subscribe, snapshot);
  const cut = url.indexOf('?');
  return cut < 0
    ? { path: url, params: new URLSearchParams() }
    : { path: url.slice(0, cut), params: new URLSearchParams(url.slice(cut)) };
}

/** PATH with PARAMS; empty values are left out, so that the same state has one URL. */
export function href(
  path: string,
  params: Record<string, string | number | boolean | undefined | null> = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== '' && value !== false)
      search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** The current search parameters and a setter that changes some and keeps the rest. */
export function useParams(): [
  URLSearchParams,
  (changes: Record<string, string | undefined>, options?: { replace?: boolean }) => void,
] {
  const { params } = useLocation();
  const set = useCallback(
    (changes: Record<string, string | undefined>, options: { replace?: boolean } = {}) => {
      const now = new URLSearchParams(window.location.search);
      for (const [key, value] of Object.entries(changes)) {
        if (value) now.set(key, value);
        else now.delete(key);
      }
      const text = now.toString();
      navigate(window.location.pathname + (text ? `?${text}` : ''), options);
    },
    [],
  );
  return [params, set];
}

/** Parts of PATH that PATTERN ("/assets/:id") names, or null where it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = path.replace(/\/+$/, '').split('/');
  if (want.length !== have.length) return null;
  const found: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const part = want[i];
    if (part.startsWith(':')) {
      if (!have[i]) return null;
      try {
        found[part.slice(1)] = decodeURIComponent(have[i]);
      } catch {
        return null;
      }
    } else if (part !== have[i]) return null;
  }
  return found;
}

export function Link(props: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const { onClick, ...rest } = props;
  return createElement('a', {
    ...rest,
    onClick: (event: MouseEvent<HTMLAnchorElement>) => {
      onClick?.(event);
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || rest.target) return;
      event.preventDefault();
      navigate(rest.href);
    },
  });
}
