// One secret or piece of malware: what to do, where it lies and where that came from, why it has its rank, and
// who else has the same.
import { useQuery } from '../api/cache';
import type { ContentFindingDetail, ContentPlace } from '../api/types';
import { kindPath, placeNotes, placeText, remedy, ruleHref } from '../lib/content';
import { plural } from '../lib/format';
import { href, Link } from '../lib/router';
import {
  AssetLink,
  ErrorNotice,
  Notice,
  Score,
  SeverityBadge,
  Skeleton,
  StateBadge,
  sentence,
  Time,
} from './basics';
import { ConfidenceBadge, ContentIcon, OriginBadge, ValidationBadge } from './content-badges';
import { Drawer } from './dialog';
import { MaskButton, MaskNotice } from './mask-dialog';
import { Reasons } from './reasons';

export function ContentDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, reload } = useQuery<ContentFindingDetail>(
    `/content-findings/${encodeURIComponent(id)}`,
    ['content', 'mask', 'rules'],
  );
  const label = data?.kind === 'malware' ? 'Malware' : 'Secret';
  return (
    <Drawer
      label={label}
      onClose={onClose}
      title={
        data ? (
          <div className="stack tight">
            <div className="row">
              <ContentIcon kind={data.kind} />
              <h2 style={{ fontSize: 16 }}>{data.title}</h2>
              <SeverityBadge severity={data.severity} />
              <ConfidenceBadge confidence={data.confidence} />
              <ValidationBadge validation={data.validation} />
              {data.status !== 'open' && <StateBadge state={data.status} />}
            </div>
            {data.masked && <code className="break">{data.masked}</code>}
            <AssetLink
              id={data.asset_id}
              name={data.asset_name}
              kind={data.asset_kind}
              host={data.host_name}
            />
          </div>
        ) : (
          <h2>Secret or malware</h2>
        )
      }
    >
      {error && <ErrorNotice error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data && <Body finding={data} />}
    </Drawer>
  );
}

function Body({ finding }: { finding: ContentFindingDetail }) {
  const secret = finding.kind === 'secret';
  const more = finding.place_count - finding.places.length;
  const description = finding.facts.find((fact) => fact.name === 'description')?.value;
  const facts = finding.facts.filter((fact) => fact.name !== 'description');
  return (
    <>
      <MaskNotice mask={finding.mask} />
      {finding.status === 'ignored' && (
        <Notice>
          It is ignored: {finding.status_reason || 'a comment or an ignore file says so'}.{' '}
          {finding.rule_disabled && <Link href={ruleHref(finding.kind, finding.rule)}>See the rule</Link>}
        </Notice>
      )}
      {finding.status === 'resolved' && (
        <Notice tone="good">
          A later scan has not found it any more
          {finding.resolved_at && (
            <>
              , <Time at={finding.resolved_at} />
            </>
          )}
          .
        </Notice>
      )}
      {description && <p>{sentence(description)}</p>}
      <section>
        <h3>What to do</h3>
        <Notice tone={finding.validation === 'invalid' ? undefined : 'warn'}>
          <ul className="stack tight">
            {remedy(finding).map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ul>
        </Notice>
        <div className="row">
          <MaskButton finding={finding} mask={finding.mask} />
          <Link className="button" href={ruleHref(finding.kind, finding.rule)}>
            The rule
          </Link>
          <Link className="button" href={href(kindPath[finding.kind], { rule: finding.rule })}>
            All it found
          </Link>
        </div>
      </section>
      <section>
        <h3>Where it is: {plural(finding.place_count, 'place')} in this asset</h3>
        <ol className="places">
          {finding.places.map((place, i) => (
            <PlaceRow key={i} place={place} finding={finding} />
          ))}
        </ol>
        {more > 0 && (
          <p className="muted">{plural(more, 'more place')} of the same are counted, but not kept.</p>
        )}
      </section>
      <section>
        <h3>Why this rank</h3>
        <Reasons rank={finding.rank} />
      </section>
      <Elsewhere finding={finding} />
      <section>
        <h3>What is known of it</h3>
        <dl className="facts">
          {facts.map((fact) => (
            <div key={fact.name} style={{ display: 'contents' }}>
              <dt>{fact.name}</dt>
              <dd>
                {/^https?:\/\//.test(fact.value) ? (
                  <a href={fact.value} target="_blank" rel="noreferrer noopener">
                    {fact.value}
                  </a>
                ) : (
                  fact.value
                )}
              </dd>
            </div>
          ))}
          {secret && <dt>Issuer</dt>}
          {secret && (
            <dd>
              {
                {
                  valid: 'says that it works',
                  invalid: 'says that it works no more',
                  unknown: 'was asked, but gave no clear answer',
                  'not-tried': 'was not asked',
                }[finding.validation]
              }
            </dd>
          )}
          <dt>Rule</dt>
          <dd>{finding.rule}</dd>
          <dt>Fingerprint</dt>
          <dd className="mono small">{finding.fingerprint}</dd>
          <dt>First seen</dt>
          <dd>
            <Time at={finding.first_seen} />
          </dd>
        </dl>
      </section>
    </>
  );
}

function PlaceRow({ place, finding }: { place: ContentPlace; finding: ContentFindingDetail }) {
  return (
    <li>
      <div className="row tight">
        <OriginBadge place={place} />
        <b className="mono small break">{placeText(place)}</b>
      </div>
      <ul className="small muted">
        {placeNotes(place, finding.kind).map((note) => (
          <li key={note.text} className={`break ${note.tone ? `text-${note.tone}` : ''}`}>
            {note.text}
          </li>
        ))}
        {place.package_name && (
          <li>
            <Link
              href={href(`/assets/${encodeURIComponent(finding.asset_id)}`, {
                tab: 'packages',
                q: place.package_name,
              })}
            >
              See the package {place.package_name}
            </Link>
          </li>
        )}
      </ul>
    </li>
  );
}

function Elsewhere({ finding }: { finding: ContentFindingDetail }) {
  const what = finding.kind === 'secret' ? 'secret' : 'file';
  return (
    <section>
      <h3>
        {finding.same_elsewhere === 0
          ? `No other asset has the same ${what}`
          : `${plural(finding.same_elsewhere, 'other asset')} ${finding.same_elsewhere === 1 ? 'has' : 'have'} the same ${what}`}
      </h3>
      <ul className="stack tight">
        {finding.same_in.map((row) => (
          <li key={row.id} className="row" style={{ flexWrap: 'nowrap' }}>
            <Link href={href(kindPath[finding.kind], { fingerprint: finding.fingerprint, open: row.id })}>
              <Score value={row.score} />
              <span className="visually-hidden">of 100 on {row.asset_name}: explain</span>
            </Link>
            <span className="grow">
              <AssetLink id={row.asset_id} name={row.asset_name} kind={row.asset_kind} host={row.host_name} />
            </span>
            {row.status !== 'open' && <StateBadge state={row.status} />}
          </li>
        ))}
      </ul>
      {finding.same_elsewhere > finding.same_in.length && (
        <Link href={href(kindPath[finding.kind], { fingerprint: finding.fingerprint })}>All of them</Link>
      )}
    </section>
  );
}
