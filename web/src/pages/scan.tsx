// One scan: what it found, what it could not read, and what changed since another one.
import { usePages, useQuery } from '../api/cache';
import type { ComparedContent, ContentKind, Scan, ScanComparison, ScanDetail } from '../api/types';
import { kindPath, wasLookedFor } from '../lib/content';
import { absolute, count, duration, plural } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import {
  AssetLink,
  Card,
  Counts,
  Empty,
  ErrorNotice,
  Notice,
  Select,
  SeverityBadge,
  Skeleton,
  StateBadge,
  Time,
} from '../ui/basics';
import { ContentScans, CoverageTable, ProblemTable } from '../ui/checked';
import { ContentIcon } from '../ui/content-badges';
import { scanKey } from './scan-columns';

/** How many it found of KIND; nothing found is not the same as nothing looked for. */
function foundOf(scan: ScanDetail, kind: ContentKind): string {
  if (!wasLookedFor(scan.content_scans, kind)) return scan.state === 'done' ? 'not looked for' : '–';
  return count(kind === 'secret' ? scan.secrets : scan.malware);
}

export function ScanPage({ id }: { id: string }) {
  const { data, error, reload } = useQuery<ScanDetail>(`/scans/${encodeURIComponent(id)}`, ['scan']);
  if (!data)
    return (
      <div className="page">
        {error ? (
          error.status === 404 ? (
            <Empty icon="search" title="There is no such scan">
              <Link href="/scans">To the scans</Link>
            </Empty>
          ) : (
            <ErrorNotice error={error} retry={reload} />
          )
        ) : (
          <Skeleton lines={8} />
        )}
      </div>
    );
  return (
    <div className="page">
      <div className="page-head">
        <h1>Scan of {data.asset_name}</h1>
        <StateBadge state={data.state} />
        <p className="lead">
          <AssetLink id={data.asset_id} name={data.asset_name} kind={data.asset_kind} />
        </p>
      </div>
      {data.state === 'failed' && (
        <Notice tone="bad">
          It failed: {data.error || 'no reason was given'}. What is known of the asset is from the scan
          before.
        </Notice>
      )}
      <div className="cards">
        <Card className="w4" title="The scan">
          <dl className="facts">
            <dt>Started</dt>
            <dd>
              {absolute(data.started_at)}{' '}
              <span className="muted">
                (<Time at={data.started_at} />)
              </span>
            </dd>
            <dt>Took</dt>
            <dd>{data.duration_ms === null ? '–' : duration(data.duration_ms / 1000)}</dd>
            <dt>Why</dt>
            <dd>{data.reason}</dd>
            <dt>Packages</dt>
            <dd>{count(data.packages)}</dd>
            <dt>Weaknesses</dt>
            <dd>
              <Counts counts={data.findings} />
            </dd>
            <dt>Secrets</dt>
            <dd>{foundOf(data, 'secret')}</dd>
            <dt>Malware</dt>
            <dd>{foundOf(data, 'malware')}</dd>
            <dt>Changed</dt>
            <dd>
              {count(data.new)} new, {count(data.resolved)} resolved
            </dd>
          </dl>
          <p style={{ marginTop: 12 }}>
            <Link href={href(`/assets/${encodeURIComponent(data.asset_id)}`, { tab: 'findings' })}>
              Findings of the asset now
            </Link>
          </p>
        </Card>
        <Card className="w4" title="Packages: what was checked">
          <CoverageTable rows={data.coverage} />
        </Card>
        <Card className="w4" title="Secrets and malware: what was looked at">
          <ContentScans scans={data.content_scans} scanned={data.state === 'done'} />
        </Card>
        <Card title="What could not be read">
          <ProblemTable rows={data.problem_list} scanned={data.state === 'done'} />
        </Card>
        <Compare scan={data} />
      </div>
    </div>
  );
}

function Compare({ scan }: { scan: ScanDetail }) {
  const [params, set] = useParams();
  const chosen = params.get('with') ?? scan.previous_id ?? '';
  const history = usePages<Scan>(`/assets/${encodeURIComponent(scan.asset_id)}/scans`, [], scanKey);
  const others = history.items.filter((other) => other.id !== scan.id && other.state === 'done');
  const { data, error, reload } = useQuery<ScanComparison>(
    chosen && scan.state === 'done'
      ? href(`/scans/${encodeURIComponent(scan.id)}/compare`, { with: chosen })
      : null,
  );
  const options: [string, string][] = others.map((other) => [other.id, absolute(other.started_at)]);
  if (chosen && !options.some(([value]) => value === chosen)) options.unshift([chosen, 'the scan before']);
  return (
    <Card
      title="Compared with"
      extra={
        options.length > 0 ? (
          <Select
            label="Another scan"
            value={chosen}
            options={options}
            onChange={(value) => set({ with: value }, { replace: true })}
          />
        ) : undefined
      }
    >
      {!chosen && (
        <p className="muted">It is the first scan of this asset: there is nothing to compare it with.</p>
      )}
      {error && <ErrorNotice error={error} retry={reload} />}
      {chosen && !data && !error && scan.state === 'done' && <Skeleton />}
      {data && (
        <div className="stack">
          {data.truncated && (
            <Notice tone="warn">A list had more than 5,000 entries; the rest is not shown.</Notice>
          )}
          <div className="cards">
            <div className="w6">
              <h3>{plural(data.findings_added.length, 'weakness', 'weaknesses')} more</h3>
              <FindingList rows={data.findings_added} />
            </div>
            <div className="w6">
              <h3>{plural(data.findings_removed.length, 'weakness', 'weaknesses')} less</h3>
              <FindingList rows={data.findings_removed} />
            </div>
            <div className="w6">
              <h3>{plural(data.content_added.length, 'secret or malware', 'secrets and malware')} more</h3>
              <ContentList rows={data.content_added} />
            </div>
            <div className="w6">
              <h3>{plural(data.content_removed.length, 'secret or malware', 'secrets and malware')} less</h3>
              <ContentList rows={data.content_removed} />
            </div>
            <div className="w4">
              <h3>{plural(data.packages_changed.length, 'package')} changed</h3>
              <ul>
                {data.packages_changed.slice(0, 300).map((row) => (
                  <li key={row.type + row.name + row.from_version} className="break">
                    {row.name} <span className="muted">{row.from_version} →</span> {row.to_version}
                  </li>
                ))}
              </ul>
            </div>
            <div className="w4">
              <h3>{plural(data.packages_added.length, 'package')} added</h3>
              <ul>
                {data.packages_added.slice(0, 300).map((row) => (
                  <li key={row.type + row.name + row.version} className="break">
                    {row.name} <span className="muted">{row.version}</span>
                  </li>
                ))}
              </ul>
            </div>
            <div className="w4">
              <h3>{plural(data.packages_removed.length, 'package')} removed</h3>
              <ul>
                {data.packages_removed.slice(0, 300).map((row) => (
                  <li key={row.type + row.name + row.version} className="break">
                    {row.name} <span className="muted">{row.version}</span>
                  </li>
                ))}
              </ul>
            </div>
          </div>
        </div>
      )}
    </Card>
  );
}

function FindingList({ rows }: { rows: ScanComparison['findings_added'] }) {
  if (rows.length === 0) return <p className="muted">none</p>;
  return (
    <ul className="stack tight">
      {rows.slice(0, 300).map((row) => (
        <li key={row.vulnerability + row.package_name + row.package_version} className="row tight">
          <SeverityBadge severity={row.severity} />
          <Link href={href('/vulnerabilities', { open: row.vulnerability })}>{row.vulnerability}</Link>
          <span className="muted">
            {row.package_name} {row.package_version}
          </span>
        </li>
      ))}
    </ul>
  );
}

function ContentList({ rows }: { rows: ComparedContent[] }) {
  if (rows.length === 0) return <p className="muted">none</p>;
  return (
    <ul className="stack tight">
      {rows.slice(0, 300).map((row) => (
        <li key={row.id} className="row tight">
          <SeverityBadge severity={row.severity} />
          <ContentIcon kind={row.kind} />
          <Link href={href(kindPath[row.kind], { open: row.id })}>{row.title}</Link>
          <span className="muted mono small break">{row.path}</span>
        </li>
      ))}
    </ul>
  );
}
