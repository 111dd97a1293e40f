// The first page: how it stands, where it goes, what to do first, and what nobody has looked at.
import { lazy, Suspense } from 'react';
import { useQuery } from '../api/cache';
import type {
  ContentFinding,
  ContentKind,
  ContentTotals,
  CoverageGap,
  Overview as OverviewData,
  Vulnerability,
} from '../api/types';
import { joinByScore, kindPath, originWords, placeText } from '../lib/content';
import { compact, count, plural, severities } from '../lib/format';
import { href, Link, navigate } from '../lib/router';
import {
  Card,
  Counts,
  Empty,
  ErrorNotice,
  Kev,
  KindIcon,
  Notice,
  Progress,
  Score,
  SeverityBadge,
  Skeleton,
  StateBadge,
  Time,
  totalOf,
} from '../ui/basics';
import { ContentIcon, ValidationBadge } from '../ui/content-badges';
import { Icon, type IconName } from '../ui/icons';

const Trend = lazy(() => import('../ui/trend').then((m) => ({ default: m.Trend })));

export function Overview() {
  const { data, error, reload } = useQuery<OverviewData>(
    '/overview',
    ['finding', 'content', 'asset', 'scan', 'advisory', 'mask', 'rules', 'sensor'],
    4000,
  );
  if (!data)
    return (
      <div className="page">
        <h1>Overview</h1>
        {error ? <ErrorNotice error={error} retry={reload} /> : <Skeleton lines={9} />}
      </div>
    );
  const nothing = data.assets.host + data.assets.container + data.assets.image === 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Overview</h1>
        <span className="muted">
          as of <Time at={data.generated_at} />
        </span>
      </div>
      {error && <ErrorNotice error={error} retry={reload} />}
      {nothing ? (
        <div className="card">
          <Empty icon="server" title="Nothing is watched yet">
            <p>
              Start a sensor on a host: it reports what runs there, and what is weak in it, within seconds.
            </p>
            <Link className="button primary" href="/settings/enrolment">
              Get the command for a sensor
            </Link>
          </Empty>
        </div>
      ) : (
        <Filled data={data} />
      )}
    </div>
  );
}

function Filled({ data }: { data: OverviewData }) {
  const open = totalOf(data.findings.open);
  return (
    <>
      {data.feeds.every((feed) => feed.name === 'starter') && (
        <Notice tone="warn">
          <b>Only the small built-in set of advisories is here,</b> so most weaknesses are not known. Fetch
          the feeds under <Link href="/advisories">Advisories</Link>: everything stored is then matched again,
          without a new scan.
        </Notice>
      )}
      <div className="tiles">
        <Tile
          to={href('/assets', { kind: 'host' })}
          value={data.assets.host}
          text={data.assets.host === 1 ? 'host' : 'hosts'}
        />
        <Tile
          to={href('/assets', { kind: 'container' })}
          value={data.assets.container}
          text={`containers, ${compact(data.assets.running)} running`}
        />
        <Tile
          to={href('/assets', { kind: 'image' })}
          value={data.assets.image}
          text={data.assets.image === 1 ? 'image' : 'images'}
        />
        <Tile
          to="/settings/sensors"
          value={data.sensors.online}
          text={data.sensors.online === 1 ? 'sensor online' : 'sensors online'}
          extra={data.sensors.offline > 0 ? `${count(data.sensors.offline)} offline` : undefined}
        />
        <ContentTile kind="secret" totals={data.content.secrets} />
        <ContentTile kind="malware" totals={data.content.malware} />
        <Tile
          to={href('/findings', { loaded: 'true' })}
          value={data.findings.loaded}
          text="findings in loaded packages"
        />
        <Tile
          to={href('/findings', { kev: 'true' })}
          value={data.findings.known_exploited}
          text="known to be exploited"
          warn={data.findings.known_exploited > 0}
        />
      </div>
      <div className="cards">
        <Card
          className="w7"
          title="Fix first"
          extra={
            <Link href="/fix-first" className="small">
              All of them
            </Link>
          }
        >
          <FixFirst data={data} />
        </Card>
        <div className="w5 stack">
          <Card title="Open weaknesses" extra={<b>{count(open)}</b>}>
            <SeverityShare counts={data.findings.open} />
            <p className="small muted" style={{ marginTop: 10 }}>
              {count(data.findings.exposed)} are in a package that a process which listens beyond its host has
              loaded.{' '}
              <Link href={href('/findings', { status: 'masked' })}>{count(data.findings.masked)} masked</Link>
              .
            </p>
          </Card>
          <Card title="Not checked">
            {data.coverage_gaps.length === 0 ? (
              <Notice tone="good">
                No gaps: every package found belongs to an ecosystem whose advisories are here.
              </Notice>
            ) : (
              <ul className="stack tight">
                {foldGaps(data.coverage_gaps).map((gap) => (
                  <li
                    key={gap.kind + gap.message}
                    className="row"
                    style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}
                  >
                    <span style={{ color: 'var(--warn)', marginTop: 2 }}>
                      <Icon name="alert" size={15} />
                    </span>
                    <Link href={gapLink(gap)} style={{ color: 'inherit' }}>
                      {gap.message}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </div>
        <Card className="w7" title="Last 30 days">
          {data.trend.length === 0 ? (
            <p className="muted">The first day is not over yet.</p>
          ) : (
            <Suspense fallback={<Skeleton lines={6} />}>
              <Trend days={withToday(data)} />
            </Suspense>
          )}
        </Card>
        <Card
          className="w5"
          title="Advisories"
          extra={
            <Link href="/advisories" className="small">
              Sources
            </Link>
          }
        >
          <div className="scroll-x">
            <table className="simple">
              <tbody>
                {data.feeds.map((feed) => (
                  <tr key={feed.name}>
                    <td>{feed.name}</td>
                    <td className="muted">
                      {feed.fetched_at ? <Time at={feed.fetched_at} /> : `of ${feed.data_date.slice(0, 10)}`}
                    </td>
                    <td className="end">
                      {feed.stale ? (
                        <span className="badge warn">old</span>
                      ) : (
                        <span className="badge good">fresh</span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {data.feeds.length === 0 && <p className="muted">No source has been read yet.</p>}
        </Card>
        <Card
          title="Scans"
          extra={
            <Link href="/scans" className="small">
              All scans
            </Link>
          }
        >
          <div className="scroll-x">
            <table className="simple">
              <thead>
                <tr>
                  <th>Asset</th>
                  <th>State</th>
                  <th>Started</th>
                  <th className="end">Packages</th>
                  <th>Weaknesses</th>
                  <th className="end">Secrets</th>
                  <th className="end">Malware</th>
                  <th className="end">New</th>
                </tr>
              </thead>
              <tbody>
                {[...data.running_scans, ...data.recent_scans].slice(0, 12).map((scan) => (
                  <tr
                    key={scan.id}
                    onClick={() => navigate(`/scans/${encodeURIComponent(scan.id)}`)}
                    style={{ cursor: 'pointer' }}
                  >
                    <td>
                      <span className="row tight" style={{ flexWrap: 'nowrap' }}>
                        <KindIcon kind={scan.asset_kind} />
                        <Link href={`/scans/${encodeURIComponent(scan.id)}`}>{scan.asset_name}</Link>
                      </span>
                    </td>
                    <td>
                      {scan.state === 'running' ? (
                        <Progress label="Scan runs" />
                      ) : (
                        <StateBadge state={scan.state} />
                      )}
                    </td>
                    <td className="muted">
                      <Time at={scan.started_at} />
                    </td>
                    <td className="end">{scan.state === 'done' ? count(scan.packages) : ''}</td>
                    <td>
                      {scan.state === 'failed' ? (
                        <span className="muted">{scan.error}</span>
                      ) : (
                        <Counts counts={scan.findings} none="–" />
                      )}
                    </td>
                    <td className="end">{scan.secrets ? count(scan.secrets) : ''}</td>
                    <td className="end">{scan.malware ? <b>{count(scan.malware)}</b> : ''}</td>
                    <td className="end">{scan.new ? `+${count(scan.new)}` : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {data.running_scans.length + data.recent_scans.length === 0 && (
            <p className="muted">No scan has run yet.</p>
          )}
        </Card>
      </div>
    </>
  );
}

/** Days are counted at their end; today's is what is open now. */
export function withToday(
  data: Pick<OverviewData, 'trend' | 'findings' | 'generated_at'>,
): OverviewData['trend'] {
  const today = data.generated_at.slice(0, 10);
  return data.trend.map((day) => (day.day === today ? { ...day, open: data.findings.open } : day));
}

/** Many ecosystems with the same gap are one line. */
export function foldGaps(gaps: CoverageGap[]): CoverageGap[] {
  const starter = gaps.filter((gap) => gap.kind === 'starter');
  if (starter.length < 3) return gaps;
  const names = starter.map((gap) => gap.ecosystem || gap.message).join(', ');
  const folded: CoverageGap = {
    kind: 'starter',
    message: `only the small built-in set knows ${names}: their packages are barely checked`,
    count: starter.reduce((sum, gap) => sum + gap.count, 0),
  };
  return [folded, ...gaps.filter((gap) => gap.kind !== 'starter')];
}

function gapLink(gap: CoverageGap): string {
  switch (gap.kind) {
    case 'never-scanned':
    case 'scan-failed':
      return href('/scans', { state: gap.kind === 'scan-failed' ? 'failed' : undefined });
    case 'sensor-offline':
      return '/settings/sensors';
    default:
      return '/advisories';
  }
}

function Tile({
  to,
  value,
  text,
  warn,
  icon,
  extra,
}: {
  to: string;
  value: number;
  text: string;
  warn?: boolean;
  icon?: IconName;
  extra?: string;
}) {
  return (
    <Link className="tile" href={to}>
      <b style={warn ? { color: 'var(--warn)' } : undefined}>
        {icon && <Icon name={icon} />}
        {compact(value)}
      </b>
      <span>
        {text}
        {extra && <b className="extra">{extra}</b>}
      </span>
    </Link>
  );
}

/** In front what is critical or high; all of them behind. */
function ContentTile({ kind, totals }: { kind: ContentKind; totals: ContentTotals }) {
  const open = totalOf(totals.open);
  const bad = totals.open.critical + totals.open.high;
  return (
    <Tile
      to={href(kindPath[kind])}
      value={open}
      text={kind === 'secret' ? (open === 1 ? 'secret' : 'secrets') : 'malware'}
      extra={bad > 0 ? `${count(bad)} critical or high` : undefined}
      warn={kind === 'malware' ? open > 0 : bad > 0}
    />
  );
}

/** Weaknesses grouped by vulnerability, secrets and malware: in one order. */
function FixFirst({ data }: { data: OverviewData }) {
  const rows = joinByScore<Vulnerability | ContentFinding>([data.fix_first, data.content.fix_first], 10);
  if (rows.length === 0)
    return (
      <Empty
        icon={data.coverage_gaps.length ? 'alert' : 'check'}
        title={data.coverage_gaps.length ? 'Nothing found so far' : 'Nothing open'}
      >
        <p>
          {data.coverage_gaps.length
            ? 'Not everything has been looked at: see the gaps in what was checked.'
            : 'Every package was checked. Which files were looked at for secrets and malware is told on the page of each asset.'}
        </p>
      </Empty>
    );
  return (
    <ol className="fix-first">
      {rows.map((item, i) =>
        'fingerprint' in item ? (
          <ContentRow key={`content ${item.id}`} item={item} place={i + 1} />
        ) : (
          <VulnerabilityRow key={item.id} item={item} place={i + 1} />
        ),
      )}
    </ol>
  );
}

function ContentRow({ item, place }: { item: ContentFinding; place: number }) {
  return (
    <li>
      <Link href={href(kindPath[item.kind], { open: item.id })}>
        <span className="muted place">{place}</span>
        <Score value={item.score} />
        <span className="what">
          <span className="row tight" style={{ gap: 8, flexWrap: 'nowrap' }}>
            <ContentIcon kind={item.kind} />
            <b className="clip" title={item.title}>
              {item.title}
            </b>
            <SeverityBadge severity={item.severity} />
            <ValidationBadge validation={item.validation} />
          </span>
          <span className="clip muted">
            {placeText(item.place)} · {item.asset_name}
          </span>
        </span>
        <span className="muted small end where">
          {plural(item.same_elsewhere + 1, 'asset')}
          <br />
          {item.place.added ? 'new file' : originWords[item.place.origin]}
        </span>
      </Link>
    </li>
  );
}

function VulnerabilityRow({ item, place }: { item: Vulnerability; place: number }) {
  return (
    <li>
      <Link href={href('/vulnerabilities', { open: item.id })}>
        <span className="muted place">{place}</span>
        <Score value={item.score} />
        <span className="what">
          <span className="row tight" style={{ gap: 8 }}>
            <b>{item.id}</b>
            <SeverityBadge severity={item.severity} />
            <Kev known={item.known_exploited} ransomware={item.ransomware} />
          </span>
          <span className="clip muted">{item.summary}</span>
        </span>
        <span className="muted small end where">
          {plural(item.assets, 'asset')}
          <br />
          {item.exposed > 0
            ? `${count(item.exposed)} exposed`
            : item.loaded > 0
              ? `${count(item.loaded)} loaded`
              : 'not loaded'}
        </span>
      </Link>
    </li>
  );
}

function SeverityShare({ counts }: { counts: OverviewData['findings']['open'] }) {
  const total = Math.max(1, totalOf(counts));
  return (
    <div className="stack tight">
      <div className="share" aria-hidden="true">
        {severities.map(
          (severity) =>
            counts[severity] > 0 && (
              <i
                key={severity}
                className={`fill-${severity}`}
                style={{ flexGrow: Math.max(counts[severity], total * 0.008) }}
              />
            ),
        )}
      </div>
      <div className="row" style={{ gap: 6 }}>
        {severities.map((severity) => (
          <Link key={severity} href={href('/findings', { severity })}>
            <SeverityBadge severity={severity} value={counts[severity]} />
          </Link>
        ))}
      </div>
    </div>
  );
}
