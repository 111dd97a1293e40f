// What was read from the console, kept by path, read again when a live event says it changed.
// A list keeps what it shows until the new answer is there: no flicker, no lost scroll or focus.
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ApiError, get } from './client';
import { browserSurroundings, type LiveEvent, LiveShare } from './live';

export type Topic = string;

let share: LiveShare | null = null;
const liveListeners = new Set<(event: LiveEvent) => void>();
const stateListeners = new Set<() => void>();
let streamUp = false;

export function startLive(): void {
  if (share) return;
  share = new LiveShare(browserSurroundings('/api/v1/events'));
  share.subscribe((event) => {
    for (const listener of [...liveListeners]) listener(event);
  });
  share.onState(() => {
    streamUp = share?.up ?? false;
    for (const listener of stateListeners) listener();
  });
}
export function stopLive(): void {
  share?.close();
  share = null;
  streamUp = false;
}
export function useLiveState(): boolean {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => streamUp,
  );
}

const every = new Set(['open', 'reset']);

/** Whether an event is of one of TOPICS: "scan" is every scan, "scan@12" only those about asset 12. */
export function concerns(topics: ReadonlySet<Topic>, event: LiveEvent): boolean {
  if (every.has(event.type) || topics.has(event.type)) return true;
  const data = event.data as { asset_id?: string; asset_ids?: string[] } | null;
  const assets = data?.asset_ids ?? (data?.asset_id === undefined ? [] : [data.asset_id]);
  return assets.some((asset) => topics.has(`${event.type}@${asset}`));
}

/** Calls ON_EVENT for events of these topics. */
export function useLive(topics: readonly Topic[], onEvent: (event: LiveEvent) => void): void {
  const handler = useRef(onEvent);
  handler.current = onEvent;
  const key = topics.join(' ');
  useEffect(() => {
    const wanted = new Set(key.split(' '));
    const listener = (event: LiveEvent) => {
      if (concerns(wanted, event)) handler.current(event);
    };
    liveListeners.add(listener);
    return () => {
      liveListeners.delete(listener);
    };
  }, [key]);
}

/** Runs TASK soon after a call, and at most once every PERIOD; in a hidden tab only when it is seen again. */
export class Throttle {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last = Number.NEGATIVE_INFINITY;
  constructor(
    private task: () => void,
    private delay = 120,
    private period = 1500,
    private now: () => number = () => performance.now(),
  ) {}
  call(): void {
    if (this.timer !== null) return;
    const wait = Math.max(this.delay, this.last + this.period - this.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      this.last = this.now();
      this.task();
    }, wait);
  }
  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

function useRefreshOn(topics: readonly Topic[], refresh: () => void, period?: number): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  const [throttle] = useState(() => {
    const task = () => {
      if (!document.hidden) latest.current();
      else document.addEventListener('visibilitychange', () => latest.current(), { once: true });
    };
    return new Throttle(task, 120, period);
  });
  useEffect(() => () => throttle.cancel(), [throttle]);
  useLive(topics, () => throttle.call());
}

const kept = new Map<string, unknown>();
const kKept = 60;
function keep(path: string, value: unknown): void {
  kept.delete(path);
  kept.set(path, value);
  if (kept.size > kKept) kept.delete(kept.keys().next().value!);
}
export function forgetAll(): void {
  kept.clear();
}

const changes = new Set<(prefix: string) => void>();
/** After a write: everything shown whose path starts with PREFIX is read again. */
export function changed(...prefixes: string[]): void {
  for (const prefix of prefixes) for (const listener of [...changes]) listener(prefix);
}
function useChanged(path: string | null, refresh: () => void): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    if (path === null) return;
    const listener = (prefix: string) => {
      if (path.startsWith(prefix)) latest.current();
    };
    changes.add(listener);
    return () => {
      changes.delete(listener);
    };
  }, [path]);
}

export interface Query<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

/** The answer to GET PATH (null: nothing is asked), read again on events of TOPICS. */
export function useQuery<T>(path: string | null, topics: readonly Topic[] = [], period?: number): Query<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error?: ApiError }>(() => ({
    path,
    data: path === null ? undefined : (kept.get(path) as T | undefined),
  }));
  const [tick, setTick] = useState(0);
  const reload = useCallback(() => setTick((value) => value + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new tick is a wish to read again
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    get<T>(path, abort.signal)
      .then((data) => {
        keep(path, data);
        setState({ path, data });
      })
      .catch((error) => {
        if (error instanceof ApiError)
          setState((before) => ({ path, data: before.path === path ? before.data : undefined, error }));
      });
    return () => abort.abort();
  }, [path, tick]);
  useRefreshOn(path === null ? [] : topics, reload, period);
  useChanged(path, reload);
  const current = state.path === path;
  const data = current ? state.data : path === null ? undefined : (kept.get(path) as T | undefined);
  const error = current ? state.error : undefined;
  return { data, error, loading: path !== null && data === undefined && error === undefined, reload };
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

/** HEAD is the new beginning of the list; what follows it in BEFORE stays, without doubles. */
export function mergeHead<T>(before: T[], head: T[], key: (item: T) => string): T[] {
  if (before.length <= head.length) return head;
  const seen = new Set(head.map(key));
  return head.concat(before.slice(head.length).filter((item) => !seen.has(key(item))));
}

export interface Pages<T> {
  items: T[];
  total: number | null;
  loading: boolean; // nothing is there yet
  more: boolean; // another page exists
  error: ApiError | undefined;
  loadMore: () => void;
  reload: () => void;
}

const kLimit = 100;
const kRefreshLimit = 500;

/** A list read page by page. PATH carries the filters, without limit and cursor. */
export function usePages<T>(
  path: string | null,
  topics: readonly Topic[],
  key: (item: T) => string,
): Pages<T> {
  interface State {
    path: string | null;
    items: T[];
    cursor: string | null;
    total: number | null;
    loaded: boolean;
    error?: ApiError;
  }
  const fresh = (): State => {
    const page = path === null ? undefined : (kept.get(`pages ${path}`) as Page<T> | undefined);
    return {
      path,
      items: page?.items ?? [],
      cursor: page?.next_cursor ?? null,
      total: page?.total ?? null,
      loaded: page !== undefined,
    };
  };
  const [state, setState] = useState<State>(fresh);
  const shown = state.path === path ? state : fresh();
  const latest = useRef(shown);
  latest.current = shown;
  const busy = useRef(false);
  const run = useRef(0);

  const withPage = useCallback(
    (cursor: string | null, limit: number) =>
      `${path}${path?.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    [path],
  );

  const refresh = useCallback(async () => {
    if (path === null) return;
    const mine = ++run.current;
    const had = latest.current.items.length;
    const limit = had > kLimit ? kRefreshLimit : kLimit;
    try {
      const page = await get<Page<T>>(withPage(null, limit));
      if (mine !== run.current) return;
      if (limit === kLimit) keep(`pages ${path}`, page);
      const before = latest.current;
      const longer = before.items.length > page.items.length && page.next_cursor;
      setState({
        path,
        items: longer ? mergeHead(before.items, page.items, key) : page.items,
        cursor: longer ? before.cursor : (page.next_cursor ?? null),
        total: page.total ?? null,
        loaded: true,
      });
    } catch (error) {
      if (mine === run.current && error instanceof ApiError)
        setState({ ...latest.current, path, loaded: true, error });
    }
  }, [path, withPage, key]);

  const loadMore = useCallback(async () => {
    const { cursor } = latest.current;
    if (busy.current || !cursor) return;
    busy.current = true;
    const mine = run.current;
    try {
      const page = await get<Page<T>>(withPage(cursor, kLimit));
      if (mine !== run.current) return;
      const before = latest.current;
      const seen = new Set(before.items.map(key));
      setState({
        ...before,
        path,
        items: before.items.concat(page.items.filter((item) => !seen.has(key(item)))),
        cursor: page.next_cursor ?? null,
        error: undefined,
      });
    } catch (error) {
      if (error instanceof ApiError) setState({ ...latest.current, path, error });
    } finally {
      busy.current = false;
    }
  }, [path, withPage, key]);

  useEffect(() => {
    refresh();
    return () => {
      run.current++;
    };
  }, [refresh]);
  useRefreshOn(path === null ? [] : topics, refresh);
  useChanged(path, refresh);

  return {
    items: shown.items,
    total: shown.total,
    loading: path !== null && !shown.loaded,
    more: shown.cursor !== null,
    error: shown.error,
    loadMore,
    reload: refresh,
  };
}
