// The first tab of an asset: what to fix first here, facts, what was looked at and what was not.
import { usePages } from '../api/cache';
import type { AssetDetail, ContentFinding, ContentKind, Finding } from '../api/types';
import { joinByScore, kinds, nothingFound, placeText, wasLookedFor } from '../lib/content';
import { href, Link } from '../lib/router';
import { Card, Counts, ReachBadge, Score, Skeleton, StateBadge, Time, UsageBadge } from '../ui/basics';
import { ContentScans, CoverageTable, NoFindings, ProblemTable, Unchecked } from '../ui/checked';
import { ContentIcon, OriginBadge } from '../ui/content-badges';
import { contentKey } from './content';
import { findingKey } from './findings';

const noneOf = (asset: AssetDetail, kind: ContentKind) =>
  wasLookedFor(asset.content_scans, kind) ? 'none found' : 'not looked for';

export function OverviewTab({ asset }: { asset: AssetDetail }) {
  const labels = Object.entries(asset.labels);
  return (
    <>
      <Unchecked asset={asset} />
      <div className="cards">
        <Card className="w7" title="Fix first here">
          <FixFirst asset={asset} />
        </Card>
        <Card className="w5" title="Facts">
          <dl className="facts">
            <dt>Score</dt>
            <dd>
              <Score value={asset.score} />
            </dd>
            <dt>Weaknesses</dt>
            <dd>
              <Counts counts={asset.findings} />
            </dd>
            <dt>Secrets</dt>
            <dd>
              <Counts counts={asset.secrets} none={noneOf(asset, 'secret')} />
            </dd>
            <dt>Malware</dt>
            <dd>
              <Counts counts={asset.malware} none={noneOf(asset, 'malware')} />
            </dd>
            <dt>Exposure</dt>
            <dd>
              <ReachBadge reach={asset.exposure} />
              {asset.privileged && <span className="badge warn">privileged</span>}
            </dd>
            {asset.image && (
              <>
                <dt>Image</dt>
                <dd>
                  {asset.image_id ? (
                    <Link href={`/assets/${encodeURIComponent(asset.image_id)}`}>{asset.image}</Link>
                  ) : (
                    asset.image
                  )}
                </dd>
              </>
            )}
            {asset.runtime && (
              <>
                <dt>Runtime</dt>
                <dd>{asset.runtime}</dd>
              </>
            )}
            {asset.pod && (
              <>
                <dt>Pod</dt>
                <dd>{asset.pod}</dd>
              </>
            )}
            {asset.ports.length > 0 && (
              <>
                <dt>Published</dt>
                <dd>
                  {asset.ports.map((port) => `${port.host_port} → ${port.container_port || '?'}`).join(', ')}
                </dd>
              </>
            )}
            {asset.kernel && (
              <>
                <dt>Kernel</dt>
                <dd>{asset.kernel}</dd>
              </>
            )}
            {asset.addresses.length > 0 && (
              <>
                <dt>Addresses</dt>
                <dd>{asset.addresses.join(', ')}</dd>
              </>
            )}
            {asset.sensor && (
              <>
                <dt>Sensor</dt>
                <dd>
                  <StateBadge state={asset.sensor.state} />
                </dd>
              </>
            )}
            <dt>First seen</dt>
            <dd>
              <Time at={asset.first_seen} />
            </dd>
            <dt>Last scan</dt>
            <dd>
              <Time at={asset.last_scan_at} />
            </dd>
            <dt>Id</dt>
            <dd className="mono small">{asset.key}</dd>
            {labels.length > 0 && (
              <>
                <dt>Labels</dt>
                <dd className="small">
                  {labels.map(([name, value]) => (
                    <div key={name} className="break">
                      <span className="muted">{name}</span> {value}
                    </div>
                  ))}
                </dd>
              </>
            )}
          </dl>
        </Card>
        <Card className="w6" title="Packages: what was checked">
          <CoverageTable rows={asset.coverage} />
        </Card>
        <Card className="w6" title="Secrets and malware: what was looked at">
          <ContentScans scans={asset.content_scans} scanned={asset.scan_state !== 'never'} />
        </Card>
        <Card title="What could not be read">
          <ProblemTable rows={asset.problems} scanned={asset.scan_state !== 'never'} />
        </Card>
      </div>
    </>
  );
}

/** Weaknesses, secrets and malware in one order. */
function FixFirst({ asset }: { asset: AssetDetail }) {
  const findings = usePages<Finding>(
    href('/findings', { asset: asset.id }),
    [`finding@${asset.id}`, 'mask', 'advisory'],
    findingKey,
  );
  const content = usePages<ContentFinding>(
    href('/content-findings', { asset: asset.id }),
    [`content@${asset.id}`, 'mask', 'rules'],
    contentKey,
  );
  if (findings.loading || content.loading) return <Skeleton />;
  const rows = joinByScore<Finding | ContentFinding>([findings.items, content.items], 8);
  if (rows.length === 0)
    return (
      <>
        <NoFindings asset={asset} />
        {asset.scan_state !== 'never' && (
          <p className="muted">{kinds.map((kind) => nothingFound(asset.content_scans, kind)).join(' ')}</p>
        )}
      </>
    );
  const page = `/assets/${encodeURIComponent(asset.id)}`;
  return (
    <ol className="fix-first">
      {rows.map((row, i) =>
        'vulnerability' in row ? (
          <li key={row.id}>
            <Link href={href(page, { tab: 'findings', open: row.id })}>
              <span className="muted place">{i + 1}</span>
              <Score value={row.score} />
              <span className="what">
                <b>{row.vulnerability}</b>
                <span className="clip muted">
                  {row.package_name} {row.package_version} · {row.summary}
                </span>
              </span>
              <span className="where">
                <UsageBadge usage={row.usage} />
              </span>
            </Link>
          </li>
        ) : (
          <li key={`content ${row.id}`}>
            <Link href={href(page, { tab: row.kind === 'secret' ? 'secrets' : 'malware', open: row.id })}>
              <span className="muted place">{i + 1}</span>
              <Score value={row.score} />
              <span className="what">
                <span className="row tight" style={{ flexWrap: 'nowrap' }}>
                  <ContentIcon kind={row.kind} />
                  <b>{row.title}</b>
                </span>
                <span className="clip muted">{placeText(row.place)}</span>
              </span>
              <span className="where">
                <OriginBadge place={row.place} />
              </span>
            </Link>
          </li>
        ),
      )}
    </ol>
  );
}
