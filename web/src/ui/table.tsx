// The list of every page: draws only the rows that are seen, reads further pages as one scrolls, is walked by
// keyboard, and keeps scroll and focus when live updates change it.
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { Pages } from '../api/cache';
import { count } from '../lib/format';
import { useListKeys } from '../lib/keys';
import { anchoredScroll, moveMarker, scrollToShow, tracksFor, visibleRange } from '../lib/rows';
import { ErrorNotice, Skeleton } from './basics';

export interface Column<T> {
  title: string;
  width: string;
  from?: number;
  sort?: string;
  end?: boolean;
  cell: (row: T) => ReactNode;
}

const kRow = 38;

export function DataTable<T>({
  label,
  columns,
  pages,
  rowKey,
  onOpen,
  openKey,
  sort,
  onSort,
  empty,
  unit,
  footer,
  selection,
}: {
  label: string;
  columns: Column<T>[];
  pages: Pages<T>;
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  openKey?: string | null;
  sort?: string;
  onSort?: (key: string) => void;
  empty: ReactNode;
  unit: [string, string];
  footer?: ReactNode;
  selection?: { chosen: Set<string>; toggle: (key: string) => void };
}) {
  const rows = pages.items;
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, width: 900 });
  const [marker, setMarker] = useState<string | null>(null);
  const held = useRef(false); // a row has the focus
  const keys = rows.map(rowKey);
  const keysBefore = useRef<string[]>([]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () =>
      setView((before) => {
        const next = { top: element.scrollTop, height: element.clientHeight, width: element.clientWidth };
        return before.top === next.top && before.height === next.height && before.width === next.width
          ? before
          : next;
      });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  // Rows that came in above push nothing away from the reader.
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = keysBefore.current;
    if (element && before.length > 0 && before !== keys) {
      const top = anchoredScroll(before, keys, element.scrollTop, kRow);
      if (top !== element.scrollTop) element.scrollTop = top;
    }
    keysBefore.current = keys;
  });

  const at = marker === null ? -1 : keys.indexOf(marker);
  const [first, last] = visibleRange(view.top, view.height, kRow, rows.length);
  const { more, loadMore, loading } = pages;
  useEffect(() => {
    if (more && !loading && last > rows.length - 30) loadMore();
  }, [more, loading, last, rows.length, loadMore]);

  const focusRow = useCallback((index: number) => {
    const element = scroller.current;
    if (!element) return;
    element.scrollTop = scrollToShow(index, element.scrollTop, element.clientHeight - 34, kRow);
    setTimeout(() => {
      element.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"]`)?.focus({ preventScroll: true });
    });
  }, []);
  const move = (key: string): boolean => {
    const to = moveMarker(key, at, rows.length, Math.floor(view.height / kRow));
    if (to === null) return false;
    setMarker(keys[to]);
    focusRow(to);
    return true;
  };
  const moveLatest = useRef(move);
  moveLatest.current = move;
  useListKeys(useCallback((step: number) => void moveLatest.current(step > 0 ? 'j' : 'k'), []));

  // A focused row that was moved or redrawn by an update keeps the focus.
  useLayoutEffect(() => {
    if (held.current && at >= 0 && document.activeElement === document.body) {
      scroller.current
        ?.querySelector<HTMLElement>(`[aria-rowindex="${at + 2}"]`)
        ?.focus({ preventScroll: true });
    }
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).getAttribute('role') === 'row';
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && at >= 0 && onOpen) onOpen(rows[at]);
    else if ((event.key === 'x' || event.key === ' ') && at >= 0 && selection) selection.toggle(keys[at]);
    else if (!move(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const shape = selection ? [{ width: '18px' }, ...columns] : columns;
  const { shown, template } = tracksFor(shape, view.width);
  const visible = columns.filter((_, i) => shown[selection ? i + 1 : i]);
  const tabStop = at >= first && at < last ? at : first;

  return (
    <div className="table">
      <div className="scroll" ref={scroller}>
        <div
          role="grid"
          aria-label={label}
          aria-rowcount={(pages.total ?? rows.length) + 1}
          onKeyDown={onKeyDown}
        >
          <div className="head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {selection && (
              <span role="columnheader">
                <span className="visually-hidden">Chosen</span>
              </span>
            )}
            {visible.map((column) => (
              <span
                key={column.title}
                role="columnheader"
                className={column.end ? 'end' : ''}
                aria-sort={column.sort && column.sort === sort ? 'descending' : undefined}
              >
                {column.sort && onSort ? (
                  <button type="button" onClick={() => onSort(column.sort!)}>
                    {column.title}
                    {column.sort === sort && <span aria-hidden="true"> ↓</span>}
                  </button>
                ) : (
                  column.title
                )}
              </span>
            ))}
          </div>
          {rows.length > 0 && (
            <div className="space" role="rowgroup" style={{ height: rows.length * kRow }}>
              {rows.slice(first, last).map((row, offset) => {
                const index = first + offset;
                const key = keys[index];
                return (
                  <div
                    key={key}
                    role="row"
                    aria-rowindex={index + 2}
                    aria-selected={selection ? selection.chosen.has(key) : key === openKey}
                    tabIndex={index === tabStop ? 0 : -1}
                    className={`line ${onOpen ? 'open-able' : ''} ${key === openKey ? 'current' : ''}`}
                    style={{ top: index * kRow, height: kRow, gridTemplateColumns: template }}
                    onFocus={() => {
                      held.current = true;
                      if (marker !== key) setMarker(key);
                    }}
                    onBlur={(event) => {
                      if (event.relatedTarget) held.current = false;
                    }}
                    onClick={(event) => {
                      if ((event.target as HTMLElement).closest('a, button, input')) return;
                      setMarker(key);
                      onOpen?.(row);
                    }}
                    onKeyDown={() => {}}
                  >
                    {selection && (
                      <span role="gridcell">
                        <input
                          type="checkbox"
                          tabIndex={-1}
                          aria-label="Choose"
                          checked={selection.chosen.has(key)}
                          onChange={() => selection.toggle(key)}
                        />
                      </span>
                    )}
                    {visible.map((column) => (
                      <span key={column.title} role="gridcell" className={column.end ? 'end' : ''}>
                        {column.cell(row)}
                      </span>
                    ))}
                  </div>
                );
              })}
            </div>
          )}
        </div>
        {pages.loading && (
          <div style={{ padding: 16 }}>
            <Skeleton lines={8} />
          </div>
        )}
        {!pages.loading && rows.length === 0 && !pages.error && empty}
      </div>
      {pages.error && (
        <div style={{ padding: 8 }}>
          <ErrorNotice error={pages.error} retry={pages.reload} />
        </div>
      )}
      {rows.length > 0 && (
        <div className="foot">
          <span className="grow">
            {pages.total !== null && pages.total > rows.length
              ? `${count(rows.length)} of ${count(pages.total)} ${unit[1]} read; scroll for more`
              : `${count(rows.length)} ${rows.length === 1 ? unit[0] : unit[1]}`}
          </span>
          {footer}
        </div>
      )}
    </div>
  );
}
