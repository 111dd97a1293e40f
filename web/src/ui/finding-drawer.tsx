// One finding: why it has its rank, how it can be reached, what to do, and who decided what about it.
import { useQuery } from '../api/cache';
import type { FindingDetail, VulnerabilityFacts } from '../api/types';
import { drawPath, pathSentence } from '../lib/explain';
import { percent } from '../lib/format';
import { href, Link } from '../lib/router';
import {
  AssetLink,
  ErrorNotice,
  Kev,
  Notice,
  ReachBadge,
  SeverityBadge,
  Skeleton,
  StateBadge,
  Time,
  UsageBadge,
} from './basics';
import { Drawer } from './dialog';
import { Icon, type IconName } from './icons';
import { MaskButton, MaskNotice } from './mask-dialog';
import { Reasons } from './reasons';

const stepIcons: Record<string, IconName> = {
  network: 'globe',
  listener: 'plug',
  container: 'box',
  process: 'cpu',
  package: 'layers',
  weakness: 'bug',
};

export function FindingDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, reload } = useQuery<FindingDetail>(`/findings/${encodeURIComponent(id)}`, [
    'finding',
    'mask',
    'advisory',
  ]);
  return (
    <Drawer
      label="Finding"
      onClose={onClose}
      title={
        data ? (
          <div className="stack tight">
            <div className="row">
              <h2 style={{ fontSize: 16 }}>{data.vulnerability}</h2>
              <SeverityBadge severity={data.severity} />
              <Kev known={data.known_exploited} ransomware={data.ransomware} />
              {data.status !== 'open' && <StateBadge state={data.status} />}
            </div>
            <p className="break">
              in <b>{data.package_name}</b> {data.package_version}
            </p>
            <AssetLink
              id={data.asset_id}
              name={data.asset_name}
              kind={data.asset_kind}
              host={data.host_name}
            />
          </div>
        ) : (
          <h2>Finding</h2>
        )
      }
    >
      {error && <ErrorNotice error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data && <Body finding={data} />}
    </Drawer>
  );
}

function Body({ finding }: { finding: FindingDetail }) {
  return (
    <>
      <MaskNotice mask={finding.mask} />
      <p>{finding.summary || finding.detail.summary || 'The advisory has no summary.'}</p>
      <section>
        <h3>What to do</h3>
        <Remedy finding={finding} />
        <div className="row">
          <MaskButton finding={finding} mask={finding.mask} />
          <Link className="button" href={href('/vulnerabilities', { open: finding.vulnerability })}>
            Everywhere it is
          </Link>
          <Link className="button" href={href('/packages', { q: finding.package_name })}>
            Where is {finding.package_name.split(/[:/]/).pop()}?
          </Link>
        </div>
      </section>
      <section>
        <h3>Why this rank</h3>
        <Reasons rank={finding.rank} />
      </section>
      <section>
        <h3>The way to it</h3>
        <p className="muted">{pathSentence(finding.path, finding.usage)}</p>
        <ol className="path">
          {drawPath(finding.path).map((step, i) => (
            <li
              key={i}
              className={`${step.hot ? 'hot' : ''} ${step.gap ? 'gap' : ''} ${step.kind === 'weakness' ? 'end-dot' : ''}`}
            >
              <span className="dot">
                <Icon name={stepIcons[step.kind] ?? 'right'} />
              </span>
              <div>
                <div className="small muted">{step.kind}</div>
                {step.asset_id && step.kind === 'container' ? (
                  <Link href={`/assets/${encodeURIComponent(step.asset_id)}`}>
                    <b>{step.title}</b>
                  </Link>
                ) : (
                  <b>{step.title}</b>
                )}
                {step.detail && <div className="muted break">{step.detail}</div>}
              </div>
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h3>Evidence</h3>
        <dl className="facts">
          <dt>Package</dt>
          <dd>
            {finding.package_name} {finding.package_version}{' '}
            <span className="muted">({finding.package_type})</span>
          </dd>
          <dt>Where</dt>
          <dd className="mono small">
            {finding.locations.length === 0 && '–'}
            {finding.locations.map((place) => (
              <div key={place.path + place.layer} className="break">
                {place.path}
                {place.layer && <span className="muted"> in layer {place.layer.slice(0, 19)}</span>}
              </div>
            ))}
          </dd>
          <dt>Use</dt>
          <dd>
            <UsageBadge usage={finding.usage} /> <span className="muted">{finding.usage_text}</span>
          </dd>
          <dt>Exposure</dt>
          <dd>
            <ReachBadge reach={finding.exposure} />
          </dd>
          <dt>Affected</dt>
          <dd>
            {finding.match.affected || 'all versions'}{' '}
            <span className="muted">
              of {finding.match.name} in {finding.match.ecosystem}
            </span>
            {finding.match.kind === 'cpe' && <span className="badge warn">matched by CPE: check it</span>}
          </dd>
          <dt>First seen</dt>
          <dd>
            <Time at={finding.first_seen} />
          </dd>
        </dl>
      </section>
      <Facts facts={finding.detail} />
    </>
  );
}

function Remedy({ finding }: { finding: FindingDetail }) {
  if (finding.fixed_versions.length > 0)
    return (
      <Notice tone="good">
        Update <b>{finding.package_name}</b> from {finding.package_version} to{' '}
        <b>{finding.fixed_versions.join(' or ')}</b>.
        {finding.usage === 'loaded' && ' A running process has it loaded: restart it afterwards.'}
      </Notice>
    );
  const text: Record<string, string> = {
    'not-fixed': 'There is no fixed version yet. Lessen its exposure: see the way to it below.',
    'wont-fix': 'The vendor will not fix it in this release. Move to a newer release, or remove the package.',
    fixed: 'It is fixed, but the advisory names no version. See the references.',
    unknown: 'Whether there is a fixed version is not known. See the references.',
  };
  return <Notice tone="warn">{text[finding.fix_state] ?? text.unknown}</Notice>;
}

export function Facts({ facts }: { facts: VulnerabilityFacts }) {
  return (
    <section>
      <h3>The vulnerability</h3>
      <dl className="facts">
        <dt>Names</dt>
        <dd>{[facts.id, ...facts.aliases].join(', ')}</dd>
        <dt>Source</dt>
        <dd>{facts.source}</dd>
        <dt>Severity</dt>
        <dd>
          <SeverityBadge severity={facts.severity} />{' '}
          <span className="muted">{facts.severity_source && `by ${facts.severity_source}`}</span>
        </dd>
        {facts.cvss.map((cvss) => (
          <div key={cvss.vector} style={{ display: 'contents' }}>
            <dt>CVSS {cvss.version}</dt>
            <dd>
              <b>{cvss.base_score.toFixed(1)}</b> <span className="mono muted">{cvss.vector}</span>
            </dd>
          </div>
        ))}
        {facts.cvss.length === 0 && (
          <>
            <dt>CVSS</dt>
            <dd className="muted">none is known</dd>
          </>
        )}
        <dt>EPSS</dt>
        <dd>
          {facts.epss === null ? (
            <span className="muted">not known</span>
          ) : (
            <>
              {percent(facts.epss, 1)}{' '}
              <span className="muted">
                chance of exploitation in 30 days; higher than {percent(facts.epss_percentile)} of all
              </span>
            </>
          )}
        </dd>
        <dt>Exploited</dt>
        <dd>
          {facts.known_exploited ? (
            <>
              <Kev known ransomware={facts.ransomware} />{' '}
              {facts.known_exploited_since && (
                <span className="muted">known since {facts.known_exploited_since}</span>
              )}
            </>
          ) : (
            <span className="muted">not in CISA's catalogue</span>
          )}
        </dd>
        {facts.cwes.length > 0 && (
          <>
            <dt>Weakness</dt>
            <dd>{facts.cwes.join(', ')}</dd>
          </>
        )}
        <dt>Published</dt>
        <dd>{facts.published ? <Time at={facts.published} /> : <span className="muted">not known</span>}</dd>
      </dl>
      {facts.references.length > 0 && (
        <ul className="small">
          {facts.references.slice(0, 12).map((reference) => (
            <li key={reference} className="break">
              {/^https?:\/\//.test(reference) ? (
                <a href={reference} target="_blank" rel="noreferrer noopener">
                  {reference}
                </a>
              ) : (
                reference
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
