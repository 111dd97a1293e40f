// The small parts every page is made of.
import { type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react';
import type { ApiError } from '../api/client';
import type { Reach, SeverityCounts, Usage } from '../api/types';
import { absolute, compact, count, relative, type Severity, severities, severityOf } from '../lib/format';
import { useEscape } from '../lib/keys';
import { Link } from '../lib/router';
import { Icon, type IconName } from './icons';

const severityIcons: Record<Severity, IconName> = {
  critical: 'stop',
  high: 'alert',
  medium: 'up',
  low: 'down',
  negligible: 'minus',
  unknown: 'question',
};

export function SeverityBadge({ severity, value }: { severity: string; value?: number }) {
  const known = severityOf(severity);
  return (
    <span className={`badge sev-${known}`}>
      <Icon name={severityIcons[known]} size={13} />
      {value === undefined ? known : `${count(value)} ${known}`}
    </span>
  );
}

/** Severity of a score, only to colour its bar. */
export function scoreBand(score: number): Severity {
  return score >= 80
    ? 'critical'
    : score >= 60
      ? 'high'
      : score >= 35
        ? 'medium'
        : score > 0
          ? 'low'
          : 'negligible';
}

export function Score({ value }: { value: number }) {
  return (
    <span className="score">
      <span className="end" style={{ minWidth: '2.300em' }}>
        {value > 0 ? value.toFixed(1) : '–'}
      </span>
      <span className="track" aria-hidden="true">
        <i className={`fill-${scoreBand(value)}`} style={{ width: `${Math.min(100, value)}%` }} />
      </span>
    </span>
  );
}

/** Counts by severity as a row of small numbers; nothing where there is none. */
export function Counts({
  counts,
  none = 'none',
  most = 6,
}: {
  counts: SeverityCounts;
  none?: ReactNode;
  most?: number;
}) {
  const present = severities.filter((severity) => counts[severity] > 0).slice(0, most);
  if (present.length === 0) return <span className="muted">{none}</span>;
  return (
    <span className="row" style={{ gap: 4, flexWrap: most < 6 ? 'nowrap' : 'wrap' }}>
      {present.map((severity) => (
        <span
          key={severity}
          className={`badge sev-${severity}`}
          title={`${count(counts[severity])} ${severity}`}
          style={{ padding: '0 5px' }}
        >
          <Icon name={severityIcons[severity]} size={11} />
          {compact(counts[severity])}
          <span className="visually-hidden"> {severity}</span>
        </span>
      ))}
    </span>
  );
}

export const totalOf = (counts: SeverityCounts) => severities.reduce((sum, s) => sum + counts[s], 0);

const usageWords: Record<Usage, { text: string; tone: string; icon: IconName; title: string }> = {
  loaded: { text: 'loaded', tone: 'bad', icon: 'cpu', title: 'A running process has loaded it' },
  'live-runtime': {
    text: 'may load',
    tone: 'warn',
    icon: 'cpu',
    title: 'An interpreter runs that can import it',
  },
  idle: {
    text: 'idle',
    tone: '',
    icon: 'minus',
    title: 'Everything that runs was looked at; nothing uses it',
  },
  unknown: { text: 'not known', tone: '', icon: 'question', title: 'Nothing is known of what runs' },
};
export function UsageBadge({ usage }: { usage: Usage }) {
  const word = usageWords[usage] ?? usageWords.unknown;
  return (
    <span className={`badge ${word.tone}`} title={word.title}>
      <Icon name={word.icon} size={12} />
      {word.text}
    </span>
  );
}

const reachTitles: Record<Reach, string> = {
  public: 'Reached from the Internet',
  any: 'All addresses of the host, and which these are is not known',
  private: 'Reached from private networks',
  'link-local': 'Reached from the same link',
  loopback: 'Reached from this host only',
  none: 'It does not listen',
};
const reachWords: Record<Reach, { text: string; tone: string }> = {
  public: { text: 'Internet', tone: 'bad' },
  any: { text: 'any address', tone: 'warn' },
  private: { text: 'private', tone: 'info' },
  'link-local': { text: 'link-local', tone: '' },
  loopback: { text: 'loopback', tone: '' },
  none: { text: 'not listening', tone: '' },
};
export function ReachBadge({ reach, quiet }: { reach: Reach; quiet?: boolean }) {
  const word = reachWords[reach] ?? reachWords.none;
  if (quiet && (reach === 'none' || reach === 'loopback')) return <span className="muted">{word.text}</span>;
  return (
    <span className={`badge ${word.tone}`} title={reachTitles[reach]}>
      <Icon name={reach === 'none' ? 'minus' : reach === 'public' ? 'globe' : 'plug'} size={12} />
      {word.text}
    </span>
  );
}

export function StateBadge({ state }: { state: string }) {
  const tone =
    {
      running: 'good',
      online: 'good',
      done: 'good',
      ok: 'good',
      failed: 'bad',
      failing: 'bad',
      gone: '',
      offline: 'warn',
      retrying: 'warn',
      denied: 'warn',
    }[state] ?? '';
  return <span className={`badge ${tone}`}>{state}</span>;
}

export function Kev({ known, ransomware }: { known: boolean; ransomware?: boolean }) {
  if (!known) return null;
  return (
    <span
      className="badge bad"
      title={`In CISA's catalogue of known exploited vulnerabilities${ransomware ? ', used by ransomware' : ''}`}
    >
      <Icon name="fire" size={12} />
      {ransomware ? 'ransomware' : 'exploited'}
    </span>
  );
}

/** The same as a mark of one letter's width, for lists. */
export function KevMark({ known }: { known: boolean }) {
  if (!known) return null;
  return (
    <span title="Known to be exploited" style={{ color: 'var(--bad)', display: 'inline-flex', flex: 'none' }}>
      <Icon name="fire" size={14} />
      <span className="visually-hidden">known to be exploited</span>
    </span>
  );
}

const kindIcons: Record<string, IconName> = {
  host: 'server',
  container: 'box',
  image: 'layers',
  process: 'cpu',
  network: 'globe',
};
export function KindIcon({ kind }: { kind: string }) {
  return (
    <span title={kind} style={{ display: 'inline-flex', flex: 'none' }}>
      <Icon name={kindIcons[kind] ?? 'box'} size={15} />
      <span className="visually-hidden">{kind}</span>
    </span>
  );
}

// One clock for all relative times.
let now = Date.now();
const clockListeners = new Set<() => void>();
let clockRuns = false;
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      clockListeners.add(listener);
      if (!clockRuns) {
        clockRuns = true;
        setInterval(() => {
          now = Date.now();
          for (const each of clockListeners) each();
        }, 10_000);
      }
      return () => clockListeners.delete(listener);
    },
    () => now,
  );
}
export function Time({ at, none = 'never' }: { at: string | null | undefined; none?: string }) {
  const current = useNow();
  if (!at) return <span className="muted">{none}</span>;
  // A time just behind the clock's last tick is now, not in the future.
  const moment = Math.max(current, Math.min(Date.parse(at), current + 10_000));
  return (
    <time dateTime={at} title={absolute(at)} className="nowrap">
      {relative(at, moment)}
    </time>
  );
}

/** FRACTION 0 to 1; without one it only says that something is going on. */
export function Progress({ fraction: given, label }: { fraction?: number; label: string }) {
  const fraction = given === undefined || given < 0 ? null : Math.min(1, given);
  return (
    <div
      className={`progress ${fraction === null ? 'unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={fraction === null ? undefined : Math.round(fraction * 100)}
    >
      <i style={fraction === null ? undefined : { width: `${fraction * 100}%` }} />
    </div>
  );
}

export function Notice({ tone, children }: { tone?: 'warn' | 'bad' | 'good'; children: ReactNode }) {
  return (
    <div className={`notice ${tone ?? ''}`}>
      <Icon name={tone === 'good' ? 'check' : tone ? 'alert' : 'info'} />
      <div className="grow">{children}</div>
    </div>
  );
}

export function ErrorNotice({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <Icon name="alert" />
      <div className="grow">{sentence(error.message)}</div>
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return trimmed;
  const head = trimmed[0].toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(head) ? head : `${head}.`;
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={34} />
      <b>{title}</b>
      {children}
    </div>
  );
}

export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className="stack" role="status">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className="skeleton" style={{ width: `${92 - ((i * 23) % 47)}%` }} />
      ))}
    </div>
  );
}

export function Card({
  title,
  extra,
  className = '',
  children,
}: {
  title: ReactNode;
  extra?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={`card ${className}`}>
      <header>
        <h2>{title}</h2>
        {extra}
      </header>
      <div className="body">{children}</div>
    </section>
  );
}

export function SearchBox({
  value,
  onChange,
  label,
  placeholder,
}: {
  value: string;
  onChange: (text: string) => void;
  label: string;
  placeholder?: string;
}) {
  // What is typed goes to the URL a moment later, so that not every letter asks the console.
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, 220);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className="search">
      <Icon name="search" size={15} />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

export function Select({
  label,
  value,
  options,
  onChange,
  showLabel,
}: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
  showLabel?: boolean;
}) {
  return (
    <label className="row tight" style={{ flexWrap: 'nowrap' }}>
      <span className={showLabel ? 'muted' : 'visually-hidden'}>{label}</span>
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Toggle({
  on,
  onChange,
  children,
  title,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
  title?: string;
}) {
  return (
    <button type="button" className="button" aria-pressed={on} title={title} onClick={() => onChange(!on)}>
      {children}
    </button>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: ReactNode;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <span className="hint">{hint}</span>}
    </div>
  );
}

export function CopyBox({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  return (
    <div className="copy">
      <pre>{text}</pre>
      <button
        type="button"
        className="button"
        aria-label={`Copy ${label}`}
        onClick={() => {
          void navigator.clipboard?.writeText(text).then(() => setDone(true));
        }}
      >
        <Icon name={done ? 'check' : 'copy'} size={14} />
        {done ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

export function Menu({
  label,
  children,
  className = 'button',
}: {
  label: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEscape(open, () => {
    setOpen(false);
    box.current?.querySelector('button')?.focus();
  });
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener('pointerdown', away);
    window.addEventListener('focusin', away);
    return () => {
      window.removeEventListener('pointerdown', away);
      window.removeEventListener('focusin', away);
    };
  }, [open]);
  return (
    <div className="menu" ref={box}>
      <button type="button" className={className} aria-expanded={open} onClick={() => setOpen(!open)}>
        {label}
      </button>
      {open && (
        // biome-ignore lint/a11y/noStaticElementInteractions: a choice inside closes the list
        <div className="menu-list" onClick={() => setOpen(false)} onKeyDown={() => {}}>
          {children}
        </div>
      )}
    </div>
  );
}

export function ExportMenu({
  list,
  params,
  sarif,
}: {
  list: string;
  params: URLSearchParams | Record<string, string>;
  sarif?: boolean;
}) {
  const link = (format: string) => {
    const search = new URLSearchParams(params);
    search.set('format', format);
    return `/api/v1/export/${list}?${search}`;
  };
  return (
    <Menu
      label={
        <>
          <Icon name="download" size={14} />
          Export
        </>
      }
    >
      <a href={link('csv')} download={`weir-${list}.csv`}>
        As CSV
      </a>
      <a href={link('json')} download={`weir-${list}.json`}>
        As JSON
      </a>
      {sarif && (
        <a href={link('sarif')} download={`weir-${list}.sarif`}>
          As SARIF
        </a>
      )}
    </Menu>
  );
}

export function AssetLink({
  id,
  name,
  kind,
  host,
}: {
  id: string;
  name: string;
  kind: string;
  host?: string;
}) {
  return (
    <span className="row" style={{ gap: 6, flexWrap: 'nowrap', minWidth: 0 }}>
      <KindIcon kind={kind} />
      <Link href={`/assets/${encodeURIComponent(id)}`} className="clip" tabIndex={-1} title={name}>
        {name}
      </Link>
      {host && host !== name && (
        <span className="muted clip small" style={{ flexShrink: 6 }}>
          on {host}
        </span>
      )}
    </span>
  );
}
