// Settings of the console, and webhooks.
import { type FormEvent, useEffect, useState } from 'react';
import { changed, usePages, useQuery } from '../api/cache';
import { post, put, remove } from '../api/client';
import type { Settings, Webhook, WebhookTestResult, WebhookWithSecret } from '../api/types';
import { count, duration, severities } from '../lib/format';
import { useMay } from '../session';
import {
  Card,
  CopyBox,
  Empty,
  ErrorNotice,
  Field,
  Notice,
  Select,
  SeverityBadge,
  Skeleton,
  StateBadge,
  Time,
} from '../ui/basics';
import { toast, useAction } from '../ui/dialog';

type NumberKey = {
  [K in keyof Settings]: Settings[K] extends number ? K : never;
}[keyof Settings];

const groups: { title: string; rows: [NumberKey, string, string, number, number][] }[] = [
  {
    title: 'Scans and feeds',
    rows: [
      ['scan_interval_hours', 'Rescan every', 'hours; 0: only when something changes', 0, 8760],
      ['update_interval_hours', 'Fetch advisories every', 'hours; 0: by hand', 0, 8760],
      ['scans_kept', 'Keep', 'scans of each asset', 2, 1000],
    ],
  },
  {
    title: 'How long things are kept',
    rows: [
      ['resolved_retention_days', 'Resolved findings', 'days', 1, 3650],
      ['gone_asset_retention_days', 'Assets that are gone', 'days', 1, 3650],
      ['connection_retention_days', 'Connections', 'days', 1, 3650],
      ['audit_retention_days', 'Audit log', 'days', 1, 3650],
    ],
  },
  {
    title: 'Sessions',
    rows: [
      ['session_idle_minutes', 'Log out after', 'minutes without use', 5, 10080],
      ['session_max_hours', 'and at the latest after', 'hours', 1, 720],
    ],
  },
];

export function General() {
  const admin = useMay('admin');
  const { data, error, reload } = useQuery<Settings>('/settings', ['settings']);
  const [draft, setDraft] = useState<Settings | null>(null);
  const [hosts, setHosts] = useState('');
  useEffect(() => {
    // What another admin saves meanwhile is taken over only where nothing is being edited here.
    if (data && !draft) setHosts(data.allowed_hosts.join('\n'));
  }, [data, draft]);
  const value = draft ?? data;
  const save = useAction(async () => {
    if (!value) return;
    await put<Settings>('/settings', { ...value, allowed_hosts: hosts.split(/\s+/).filter(Boolean) });
    changed('/settings');
    setDraft(null);
    toast('The settings are saved.', 'good');
  });
  if (error && !data) return <ErrorNotice error={error} retry={reload} />;
  if (!value) return <Skeleton lines={8} />;
  const edit = (change: Partial<Settings>) => setDraft({ ...value, ...change });
  return (
    <form
      className="stack"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.run();
      }}
    >
      <fieldset disabled={!admin} className="cards" style={{ border: 0, padding: 0, margin: 0 }}>
        {groups.map((group) => (
          <Card key={group.title} className="w4" title={group.title}>
            <div className="stack">
              {group.rows.map(([name, label, unit, min, max]) => (
                <label key={name} className="row tight" style={{ flexWrap: 'nowrap' }}>
                  <span className="grow">{label}</span>
                  <input
                    className="input"
                    type="number"
                    style={{ width: 84 }}
                    min={min}
                    max={max}
                    required
                    value={value[name]}
                    onChange={(event) => edit({ [name]: Number(event.target.value) })}
                  />
                  <span className="muted small" style={{ width: 96 }}>
                    {unit}
                  </span>
                </label>
              ))}
            </div>
          </Card>
        ))}
        <Card className="w6" title="Addresses">
          <div className="stack">
            <Field
              label="Public address"
              hint="Where sensors and people reach this console; empty: as the browser did"
            >
              {(id) => (
                <input
                  id={id}
                  className="input"
                  type="url"
                  placeholder="https://weir.example.org:8443"
                  maxLength={300}
                  value={value.public_url}
                  onChange={(event) => edit({ public_url: event.target.value })}
                />
              )}
            </Field>
            <Field
              label="Names under which the page may be opened"
              hint="One a line, besides localhost, this host's name and addresses"
            >
              {(id) => (
                <textarea
                  id={id}
                  className="textarea"
                  value={hosts}
                  onChange={(event) => {
                    setHosts(event.target.value);
                    edit({});
                  }}
                />
              )}
            </Field>
          </div>
        </Card>
        <Card className="w6" title="Feeds and webhooks">
          <div className="stack">
            <Field
              label="Mirror of the feeds"
              hint="A URL or a folder with all feeds, for networks without the Internet; empty: the sources themselves"
            >
              {(id) => (
                <input
                  id={id}
                  className="input"
                  maxLength={500}
                  value={value.feed_mirror}
                  onChange={(event) => edit({ feed_mirror: event.target.value })}
                />
              )}
            </Field>
            <label className="check">
              <input
                type="checkbox"
                checked={value.webhook_allow_internal}
                onChange={(event) => edit({ webhook_allow_internal: event.target.checked })}
              />
              <span>
                Webhooks may go to link-local addresses{' '}
                <span className="muted">(cloud metadata services are there)</span>
              </span>
            </label>
          </div>
        </Card>
      </fieldset>
      {save.error && <Notice tone="bad">{save.error}</Notice>}
      {admin ? (
        <div className="row">
          <button type="submit" className="button primary" disabled={!draft || save.busy}>
            Save
          </button>
          {draft && (
            <button type="button" className="button" onClick={() => setDraft(null)}>
              Undo
            </button>
          )}
        </div>
      ) : (
        <p className="muted">Only an admin may change these.</p>
      )}
    </form>
  );
}

const key = (row: Webhook) => row.id;

export function Webhooks() {
  const pages = usePages<Webhook>('/webhooks', ['settings', 'finding'], key);
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [severity, setSeverity] = useState('high');
  const [score, setScore] = useState('0');
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  const [results, setResults] = useState<Record<string, WebhookTestResult | 'running'>>({});
  const { run, busy, error } = useAction(async () => {
    setMade(
      await post<WebhookWithSecret>('/webhooks', {
        name: name.trim(),
        url: url.trim(),
        min_severity: severity,
        min_score: Number(score),
      }),
    );
    setName('');
    setUrl('');
    changed('/webhooks');
  });
  const test = async (hook: Webhook) => {
    setResults((before) => ({ ...before, [hook.id]: 'running' }));
    try {
      const result = await post<WebhookTestResult>(`/webhooks/${encodeURIComponent(hook.id)}/test`);
      setResults((before) => ({ ...before, [hook.id]: result }));
    } catch (failure) {
      setResults((before) => ({
        ...before,
        [hook.id]: { ok: false, status: null, error: (failure as Error).message, elapsed_ms: 0 },
      }));
    }
  };
  return (
    <div className="stack">
      <Card title="Add a webhook">
        <form
          className="row"
          style={{ alignItems: 'flex-end' }}
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            run();
          }}
        >
          <Field label="Name">
            {(id) => (
              <input
                id={id}
                className="input"
                maxLength={100}
                placeholder="on-call"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <div className="grow" style={{ minWidth: 240 }}>
            <Field label="URL">
              {(id) => (
                <input
                  id={id}
                  className="input"
                  type="url"
                  required
                  maxLength={2000}
                  placeholder="https://hooks.example.org/weir"
                  value={url}
                  onChange={(event) => setUrl(event.target.value)}
                />
              )}
            </Field>
          </div>
          <Select
            label="From"
            showLabel
            value={severity}
            options={severities.map((word) => [word, word])}
            onChange={setSeverity}
          />
          <Field label="Least score">
            {(id) => (
              <input
                id={id}
                className="input"
                type="number"
                min={0}
                max={100}
                style={{ width: 80 }}
                value={score}
                onChange={(event) => setScore(event.target.value)}
              />
            )}
          </Field>
          <button type="submit" className="button primary" disabled={busy}>
            Add
          </button>
        </form>
        {error && (
          <div style={{ marginTop: 10 }}>
            <Notice tone="bad">{error}</Notice>
          </div>
        )}
        {made && (
          <div className="stack" style={{ marginTop: 12 }}>
            <Notice tone="good">
              The secret that signs its deliveries (X-Weir-Signature) is shown only now:
            </Notice>
            <CopyBox text={made.secret} label="secret" />
          </div>
        )}
      </Card>
      <Card title="Webhooks">
        {pages.error && <ErrorNotice error={pages.error} retry={pages.reload} />}
        {pages.loading && <Skeleton />}
        {!pages.loading && pages.items.length === 0 && (
          <Empty icon="plug" title="No webhook">
            <p>A webhook gets new findings within seconds, in batches, signed, and tried again for a day.</p>
          </Empty>
        )}
        <ul className="stack">
          {pages.items.map((hook) => {
            const result = results[hook.id];
            return (
              <li
                key={hook.id}
                className="stack tight"
                style={{ borderBottom: '1px solid var(--line)', paddingBottom: 10 }}
              >
                <div className="row">
                  <b>{hook.name || 'no name'}</b>
                  <StateBadge state={hook.state} />
                  <span className="grow muted break">{hook.url}</span>
                  <button
                    type="button"
                    className="button"
                    disabled={result === 'running'}
                    onClick={() => void test(hook)}
                  >
                    Send a test
                  </button>
                  <button
                    type="button"
                    className="button danger"
                    onClick={() => {
                      void remove(`/webhooks/${encodeURIComponent(hook.id)}`).then(
                        () => changed('/webhooks'),
                        (failure) => toast(failure.message, 'bad'),
                      );
                    }}
                  >
                    Remove
                  </button>
                </div>
                <div className="row small muted">
                  <span className="row tight">
                    from <SeverityBadge severity={hook.min_severity} />
                  </span>
                  {hook.min_score > 0 && <span>score {hook.min_score} and above</span>}
                  <span>{count(hook.delivered)} delivered</span>
                  <span>{count(hook.pending)} waiting</span>
                  <span>
                    last <Time at={hook.last_delivery_at} />
                  </span>
                </div>
                {hook.last_error && <div style={{ color: 'var(--bad)' }}>{hook.last_error}</div>}
                {result && result !== 'running' && (
                  <Notice tone={result.ok ? 'good' : 'bad'}>
                    {result.ok
                      ? `The test was taken with ${result.status}`
                      : `The test failed: ${result.error || `status ${result.status}`}`}{' '}
                    ({duration(result.elapsed_ms / 1000)}).
                  </Notice>
                )}
              </li>
            );
          })}
        </ul>
      </Card>
    </div>
  );
}
