// The filters that findings and vulnerabilities share; each is in the URL.
import { severities } from '../lib/format';
import { href, Link, useLocation, useParams } from '../lib/router';
import { SearchBox, Toggle } from './basics';

export function SeverityFilter() {
  const [params, set] = useParams();
  const chosen = new Set((params.get('severity') ?? '').split(',').filter(Boolean));
  return (
    <fieldset className="segmented" style={{ margin: 0, padding: 0 }}>
      <legend className="visually-hidden">Severity</legend>
      {severities.slice(0, 4).map((severity) => (
        <button
          key={severity}
          type="button"
          aria-pressed={chosen.has(severity)}
          onClick={() => {
            const next = new Set(chosen);
            if (!next.delete(severity)) next.add(severity);
            set({ severity: severities.filter((s) => next.has(s)).join(','), open: undefined });
          }}
        >
          {severity}
        </button>
      ))}
    </fieldset>
  );
}

export function FlagFilter({ name, children, title }: { name: string; children: string; title?: string }) {
  const [params, set] = useParams();
  return (
    <Toggle
      on={params.get(name) === 'true'}
      title={title}
      onChange={(on) => set({ [name]: on ? 'true' : undefined, open: undefined })}
    >
      {children}
    </Toggle>
  );
}

export function TextFilter({ label, placeholder }: { label: string; placeholder?: string }) {
  const [params, set] = useParams();
  return (
    <SearchBox
      label={label}
      placeholder={placeholder}
      value={params.get('q') ?? ''}
      onChange={(q) => set({ q, open: undefined }, { replace: true })}
    />
  );
}

/** Grouped by vulnerability, or each finding alone; the filters that both know are kept. */
export function ViewSwitch() {
  const { path, params } = useLocation();
  const keep = {
    severity: params.get('severity'),
    q: params.get('q'),
    kev: params.get('kev'),
    fixable: params.get('fixable'),
  };
  return (
    <div className="segmented" role="group" aria-label="Show">
      <Link
        href={href('/vulnerabilities', keep)}
        aria-current={path === '/vulnerabilities' ? 'page' : undefined}
      >
        Grouped
      </Link>
      <Link href={href('/findings', keep)} aria-current={path === '/findings' ? 'page' : undefined}>
        Single findings
      </Link>
    </div>
  );
}

export function ClearFilters({ names }: { names: string[] }) {
  const [params, set] = useParams();
  if (!names.some((name) => params.get(name))) return null;
  return (
    <button
      type="button"
      className="button plain"
      onClick={() => set(Object.fromEntries([...names, 'open'].map((name) => [name, undefined])))}
    >
      Clear filters
    </button>
  );
}
