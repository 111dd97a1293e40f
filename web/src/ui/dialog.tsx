// Panels above the page: a drawer beside a list, a dialog that asks, short messages.
import { type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react';
import { ApiError } from '../api/client';
import { useEscape } from '../lib/keys';
import { Notice, sentence } from './basics';
import { Icon } from './icons';

/** Beside the list, which stays usable. Focus comes in on opening and goes back on closing. */
export function Drawer({
  title,
  label,
  onClose,
  children,
}: {
  title: ReactNode;
  label: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const panel = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  useEscape(true, onClose);
  useEffect(() => {
    before.current = document.activeElement;
    panel.current?.focus();
    return () => {
      const target = before.current;
      // The list moves the focus itself while the drawer shows one row after the other.
      if (target instanceof HTMLElement && target.isConnected) target.focus();
    };
  }, []);
  return (
    <aside className="drawer" ref={panel} tabIndex={-1} aria-label={label}>
      <header>
        <div>{title}</div>
        <button
          type="button"
          className="button plain icon"
          aria-label="Close"
          title="Close (Esc)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="content" tabIndex={0} role="region" aria-label={label}>
        {children}
      </div>
    </aside>
  );
}

export function Dialog({
  title,
  onClose,
  children,
  wide,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const heading = useId();
  useEscape(true, onClose);
  useEffect(() => {
    const before = document.activeElement;
    const first =
      box.current?.querySelector<HTMLElement>('[data-autofocus], input, select, textarea') ?? box.current;
    first?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <div
      className="backdrop"
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div
        className="dialog"
        ref={box}
        role="dialog"
        aria-modal="true"
        aria-labelledby={heading}
        tabIndex={-1}
        style={wide ? { width: 'min(720px, 100%)' } : undefined}
        onKeyDown={(event) => {
          if (event.key !== 'Tab') return;
          const stops = [
            ...(box.current?.querySelectorAll<HTMLElement>(
              'a[href], button:not(:disabled), input, select, textarea',
            ) ?? []),
          ];
          const first = stops[0];
          const last = stops.at(-1);
          if (event.shiftKey ? document.activeElement === first : document.activeElement === last) {
            event.preventDefault();
            (event.shiftKey ? last : first)?.focus();
          }
        }}
      >
        <div className="row spread" style={{ flexWrap: 'nowrap' }}>
          <h2 id={heading} style={{ fontSize: 16 }}>
            {title}
          </h2>
          <button type="button" className="button plain icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </div>
  );
}

/** Runs what a form or button asks for; says what went wrong, and does not run twice. */
export function useAction<A extends unknown[]>(
  action: (...args: A) => Promise<unknown>,
): { run: (...args: A) => void; busy: boolean; error: string; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const latest = useRef(action);
  latest.current = action;
  const run = useCallback((...args: A) => {
    setBusy(true);
    setError('');
    latest
      .current(...args)
      .catch((reason) => setError(reason instanceof ApiError ? sentence(reason.message) : String(reason)))
      .finally(() => setBusy(false));
  }, []);
  return { run, busy, error, clear: () => setError('') };
}

export function Confirm({
  title,
  children,
  verb,
  action,
  onClose,
}: {
  title: string;
  children: ReactNode;
  verb: string;
  action: () => Promise<unknown>;
  onClose: () => void;
}) {
  const { run, busy, error } = useAction(async () => {
    await action();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <div>{children}</div>
      {error && <Notice tone="bad">{error}</Notice>}
      <footer>
        <button type="button" className="button" onClick={onClose} data-autofocus>
          Cancel
        </button>
        <button type="button" className="button danger" disabled={busy} onClick={() => run()}>
          {verb}
        </button>
      </footer>
    </Dialog>
  );
}

interface Toast {
  id: number;
  text: ReactNode;
  tone?: 'good' | 'bad' | 'warn';
}
let nextToast = 1;
let showToast: (toast: Toast) => void = () => {};
export function toast(text: ReactNode, tone?: Toast['tone']): void {
  showToast({ id: nextToast++, text, tone });
}
export function Toasts() {
  const [list, setList] = useState<Toast[]>([]);
  useEffect(() => {
    showToast = (item) => {
      setList((before) => [...before.slice(-2), item]);
      setTimeout(() => setList((before) => before.filter((other) => other.id !== item.id)), 7000);
    };
  }, []);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((item) => (
        <Notice key={item.id} tone={item.tone}>
          {item.text}
        </Notice>
      ))}
    </div>
  );
}
