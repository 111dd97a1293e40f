// Where advisories come from, how old they are; fetching them, and bringing one's own.
import { type ChangeEvent, useRef, useState } from 'react';
import { changed, useQuery } from '../api/cache';
import { post, request } from '../api/client';
import type { AdvisoryImport, AdvisorySources } from '../api/types';
import { bytes, compact, count, duration, plural } from '../lib/format';
import { href, Link } from '../lib/router';
import { useMay } from '../session';
import { Card, Empty, ErrorNotice, Notice, Progress, Skeleton, Time } from '../ui/basics';
import { Dialog, toast, useAction } from '../ui/dialog';
import { Icon } from '../ui/icons';

const steps: Record<string, string> = {
  fetch: 'Fetching',
  read: 'Reading',
  build: 'Building the index',
  match: 'Matching everything stored',
};

export function Advisories() {
  const { data, error, reload } = useQuery<AdvisorySources>('/advisories/sources', ['advisory', 'settings']);
  const [importing, setImporting] = useState(false);
  const may = useMay('user');
  const update = useAction(async () => {
    try {
      await post('/advisories/update');
      changed('/advisories');
    } catch (failure) {
      toast((failure as Error).message, 'bad');
    }
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Advisories</h1>
        <span className="grow" />
        {may && (
          <>
            <button type="button" className="button" onClick={() => setImporting(true)}>
              <Icon name="upload" size={14} />
              Import an advisory
            </button>
            <button
              type="button"
              className="button primary"
              disabled={update.busy || data?.update.running}
              onClick={() => update.run()}
            >
              <Icon name="refresh" size={14} />
              {data?.update.running ? 'Updating' : 'Update now'}
            </button>
          </>
        )}
        <p className="lead">
          When one arrives, everything stored is matched again at once; nothing is scanned anew.
        </p>
      </div>
      {error && <ErrorNotice error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={8} />}
      {data && <Sources data={data} />}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
    </div>
  );
}

function Sources({ data }: { data: AdvisorySources }) {
  const stale = data.sources.filter((source) => source.stale);
  return (
    <>
      {data.update.running && (
        <div className="card">
          <div className="body stack tight" role="status">
            <div className="row spread">
              <b>
                {steps[data.update.step] ?? 'Updating'} {data.update.source}
              </b>
              <span className="muted">
                {bytes(data.update.done_bytes)}
                {data.update.total_bytes > 0 && ` of ${bytes(data.update.total_bytes)}`}
              </span>
            </div>
            <Progress
              label="Update of the advisories"
              fraction={
                data.update.total_bytes > 0 ? data.update.done_bytes / data.update.total_bytes : undefined
              }
            />
          </div>
        </div>
      )}
      {data.index.kind === 'starter' && (
        <Notice tone="warn">
          <b>Only the small built-in set is here.</b> It knows a few famous weaknesses, nothing more: a list
          without findings says very little. “Update now” fetches the public feeds; without the Internet, name
          a mirror in the <Link href="/settings">settings</Link> or import files.
        </Notice>
      )}
      {data.update.last_error && (
        <Notice tone="bad">The last update had trouble: {data.update.last_error}</Notice>
      )}
      {stale.length > 0 && (
        <Notice tone="warn">
          {stale.length === 1
            ? `${stale[0].name} is old: `
            : `${stale.length} sources are old: ${stale.map((source) => source.name).join(', ')}. `}
          {stale.length === 1 && (stale[0].last_error || 'it was not updated for more than two intervals')}
          {stale.length === 1 && '.'} New weaknesses may be missing.
        </Notice>
      )}
      <div className="tiles">
        <div className="tile">
          <b>{compact(data.index.advisories)}</b>
          <span>advisories</span>
        </div>
        <div className="tile">
          <b>
            <Time at={data.index.built_at} />
          </b>
          <span>index built, {bytes(data.index.bytes)}</span>
        </div>
        <div className="tile">
          <b>{data.update.interval_hours === 0 ? 'by hand' : `every ${data.update.interval_hours} h`}</b>
          <span>
            updated, last <Time at={data.update.last_finished_at} />
          </span>
        </div>
      </div>
      <Card title="Sources">
        <div className="scroll-x">
          <table className="simple">
            <thead>
              <tr>
                <th>Source</th>
                <th>State</th>
                <th>Fetched</th>
                <th>Newest record</th>
                <th className="end">Records</th>
                <th className="end">Unreadable</th>
                <th>From</th>
              </tr>
            </thead>
            <tbody>
              {data.sources.map((source) => (
                <tr key={source.name}>
                  <td>
                    <b>{source.name}</b>
                  </td>
                  <td>
                    {source.stale ? (
                      <span className="badge warn">old</span>
                    ) : (
                      <span className="badge good">fresh</span>
                    )}
                  </td>
                  <td>
                    {source.fetched_at ? (
                      <Time at={source.fetched_at} />
                    ) : (
                      <span className="muted">built in</span>
                    )}
                  </td>
                  <td>{source.data_date.slice(0, 10) || '–'}</td>
                  <td className="end">{count(source.records)}</td>
                  <td className="end">
                    {source.malformed ? <span className="badge warn">{count(source.malformed)}</span> : '0'}
                  </td>
                  <td className="break wide">
                    <span className="muted">{source.url}</span>
                    {source.last_error && <div style={{ color: 'var(--bad)' }}>{source.last_error}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {data.sources.length === 0 && (
          <Empty icon="feed" title="No source has been read">
            <p>“Update now” fetches the public feeds.</p>
          </Empty>
        )}
      </Card>
      <div className="cards">
        <Card className="w6" title="Imported by hand">
          {data.imported.length === 0 ? (
            <p className="muted">None. An imported advisory stays until a feed has it, too.</p>
          ) : (
            <ul className="stack tight prose">
              {data.imported.map((item) => (
                <li key={item.id}>
                  <Link href={href('/vulnerabilities', { open: item.id })}>{item.id}</Link> {item.summary}{' '}
                  <span className="muted">
                    by {item.imported_by} <Time at={item.imported_at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card className="w6" title="Ecosystems with advisories">
          <p>{data.ecosystems.join(', ') || <span className="muted">none</span>}</p>
          <p className="muted small" style={{ marginTop: 6 }}>
            Packages of other ecosystems are found, but not checked; the overview names them.
          </p>
        </Card>
      </div>
    </>
  );
}

const example = `{
  "id": "LOCAL-2026-1",
  "modified": "2026-11-26T00:00:00Z",
  "summary": "What is weak",
  "affected": [{
    "package": {"ecosystem": "npm", "name": "lodash"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "4.17.21"}]}]
  }]
}`;

function ImportDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [result, setResult] = useState<AdvisoryImport | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const { run, busy, error, clear } = useAction(async () => {
    const json = /^\s*[[{]/.test(text);
    setResult(
      await request<AdvisoryImport>('POST', '/advisories', text, {
        contentType: json ? 'application/json' : 'application/yaml',
      }),
    );
    changed('/advisories', '/findings', '/vulnerabilities', '/overview');
  });
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    if (chosen) setText(await chosen.text());
    clear();
  };
  return (
    <Dialog title="Import an advisory" wide onClose={onClose}>
      {result ? (
        <>
          <Notice tone={result.imported > 0 ? 'good' : 'bad'}>
            {plural(result.imported, 'advisory', 'advisories')} taken
            {result.malformed > 0 && `, ${count(result.malformed)} not: ${result.first_error}`}.{' '}
            {plural(result.new_findings, 'new finding')} in {plural(result.assets, 'asset')},{' '}
            {plural(result.packages, 'package')} affected, after {duration(result.elapsed_ms / 1000)}.
          </Notice>
          <ul>
            {result.ids.map((id) => (
              <li key={id}>
                <Link href={href('/vulnerabilities', { open: id })} onClick={onClose}>
                  {id}
                </Link>
              </li>
            ))}
          </ul>
          <footer>
            <button type="button" className="button primary" onClick={onClose}>
              Done
            </button>
          </footer>
        </>
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <p className="muted">
            An OSV document, an array of them, or Weir's YAML. Everything stored is matched against it at
            once.
          </p>
          <div className="row">
            <button type="button" className="button" onClick={() => file.current?.click()}>
              Choose a file
            </button>
            <input
              ref={file}
              type="file"
              accept=".json,.yaml,.yml"
              hidden
              aria-label="Advisory file"
              onChange={read}
            />
            <button type="button" className="button plain" onClick={() => setText(example)}>
              Start from an example
            </button>
          </div>
          <label className="field">
            <span className="visually-hidden">Advisory</span>
            <textarea
              className="textarea mono"
              style={{ minHeight: 240 }}
              spellCheck={false}
              placeholder="…or paste it here"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
          {error && (
            <div role="alert">
              <Notice tone="bad">{error}</Notice>
            </div>
          )}
          <footer>
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" className="button primary" disabled={busy || !text.trim()}>
              {busy ? 'Matching' : 'Import and match'}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}
