// Secrets, and malware: every one alone, in all assets.
import { usePages, useQuery } from '../api/cache';
import type { ContentFinding, ContentKind, Overview } from '../api/types';
import { kindPath, kindTitle, kindWord, originWords, unitOf } from '../lib/content';
import { count } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import { AssetLink, Empty, ExportMenu, Score, Select, SeverityBadge, Time } from '../ui/basics';
import { ConfidenceBadge, OriginBadge, Place, ValidationBadge } from '../ui/content-badges';
import { ContentDrawer } from '../ui/content-drawer';
import { ClearFilters, SeverityFilter, TextFilter } from '../ui/finding-filters';
import { type Column, DataTable } from '../ui/table';

export const contentKey = (row: { id: string }) => row.id;
const filters = ['severity', 'confidence', 'q', 'status', 'origin', 'asset', 'rule', 'fingerprint'];

export function contentColumns(options: { asset: boolean; kind: ContentKind }): Column<ContentFinding>[] {
  return [
    { title: 'Score', width: '98px', sort: 'score', cell: (row) => <Score value={row.score} /> },
    {
      title: options.kind === 'secret' ? 'Secret' : 'Malware',
      width: 'minmax(150px, 1fr)',
      cell: (row) => (
        <span className="row tight" style={{ flexWrap: 'nowrap' }} title={`${row.title} ${row.masked}`}>
          <b className="clip">{row.title}</b>
          <ValidationBadge validation={row.validation} />
        </span>
      ),
    },
    {
      title: 'Severity',
      width: '106px',
      from: 700,
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      title: 'Confidence',
      width: '78px',
      from: 1040,
      cell: (row) => <ConfidenceBadge confidence={row.confidence} />,
    },
    { title: 'Found in', width: '128px', from: 520, cell: (row) => <OriginBadge place={row.place} /> },
    {
      title: 'Where',
      width: 'minmax(150px, 1.400fr)',
      from: 420,
      cell: (row) => <Place place={row.place} more={row.place_count - 1} />,
    },
    ...(options.asset
      ? [
          {
            title: 'Asset',
            width: 'minmax(120px, 1fr)',
            from: 520,
            cell: (row: ContentFinding) => (
              <AssetLink id={row.asset_id} name={row.asset_name} kind={row.asset_kind} host={row.host_name} />
            ),
          },
        ]
      : []),
    {
      title: 'Shown as',
      width: 'minmax(90px, 0.500fr)',
      from: 1180,
      cell: (row) => (
        <span className="mono small" title={row.masked}>
          {row.masked || '–'}
        </span>
      ),
    },
    {
      title: 'Elsewhere',
      width: '76px',
      from: 980,
      end: true,
      cell: (row) =>
        row.same_elsewhere ? (
          <span title="Other assets that have the same">{count(row.same_elsewhere)}</span>
        ) : (
          <span className="muted">–</span>
        ),
    },
    {
      title: 'First seen',
      width: '88px',
      from: 1040,
      sort: 'first_seen',
      cell: (row) => <Time at={row.first_seen} />,
    },
  ];
}

const columnsOf = {
  secret: contentColumns({ asset: true, kind: 'secret' }),
  malware: contentColumns({ asset: true, kind: 'malware' }),
};

/** Secrets or malware; the two pages differ in words only. */
export function KindSwitch({ kind }: { kind: ContentKind }) {
  const [params] = useParams();
  const keep = { severity: params.get('severity'), q: params.get('q'), status: params.get('status') };
  return (
    <div className="segmented" role="group" aria-label="Show">
      {(['secret', 'malware'] as const).map((each) => (
        <Link key={each} href={href(kindPath[each], keep)} aria-current={each === kind ? 'page' : undefined}>
          {kindTitle[each]}
        </Link>
      ))}
    </div>
  );
}

export function Content({ kind }: { kind: ContentKind }) {
  const [params, set] = useParams();
  const query = Object.fromEntries([...filters, 'sort'].map((name) => [name, params.get(name)]));
  const pages = usePages<ContentFinding>(
    href('/content-findings', { kind, ...query }),
    ['content', 'mask', 'rules'],
    contentKey,
  );
  const open = params.get('open');
  const narrowed = ['asset', 'rule', 'fingerprint'].filter((name) => params.get(name));
  const exported = new URLSearchParams({ kind });
  for (const [name, value] of Object.entries(query)) if (value && name !== 'sort') exported.set(name, value);
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>{kindTitle[kind]}</h1>
          <KindSwitch kind={kind} />
          <span className="grow" />
          <Link className="button" href={href('/rules', { kind })}>
            Rules
          </Link>
          <ExportMenu list="content-findings" params={exported} sarif />
        </div>
        <div className="filters">
          <TextFilter
            label={`Filter ${kindWord[kind]}`}
            placeholder={
              kind === 'secret' ? 'Kind, path, process or asset' : 'Rule, path, process, package or asset'
            }
          />
          <SeverityFilter />
          <Select
            label="Confidence"
            value={params.get('confidence') ?? ''}
            options={[
              ['', 'Any confidence'],
              ['high', 'Sure'],
              ['high,medium', 'Sure or likely'],
              ['low', 'A guess'],
            ]}
            onChange={(confidence) => set({ confidence, open: undefined })}
          />
          <Select
            label="Found in"
            value={params.get('origin') ?? ''}
            options={[
              ['', 'Anywhere'],
              ...Object.entries(originWords).map(([value, text]): [string, string] => [value, `In: ${text}`]),
            ]}
            onChange={(origin) => set({ origin, open: undefined })}
          />
          <Select
            label="Status"
            value={params.get('status') ?? ''}
            options={[
              ['', 'Open'],
              ['masked', 'Masked'],
              ['ignored', 'Ignored'],
              ['resolved', 'Resolved'],
            ]}
            onChange={(status) => set({ status, open: undefined })}
          />
          {narrowed.map((name) => (
            <Narrowed
              key={name}
              text={
                name === 'asset'
                  ? `asset ${pages.items[0]?.asset_name ?? params.get(name)}`
                  : name === 'rule'
                    ? `rule ${params.get(name)}`
                    : `the same ${kind === 'secret' ? 'secret' : 'file'}`
              }
              onClear={() => set({ [name]: undefined })}
            />
          ))}
          <ClearFilters names={filters} />
        </div>
        <DataTable
          label={kindTitle[kind]}
          columns={columnsOf[kind]}
          pages={pages}
          rowKey={contentKey}
          unit={unitOf[kind]}
          sort={params.get('sort') ?? 'score'}
          onSort={(sort) => set({ sort: sort === 'score' ? undefined : sort })}
          onOpen={(row) => set({ open: row.id }, { replace: open !== null })}
          openKey={open}
          empty={<NothingFound kind={kind} filtered={filters.some((name) => params.get(name))} />}
        />
      </div>
      {open && <ContentDrawer key={open} id={open} onClose={() => set({ open: undefined })} />}
    </div>
  );
}

export function Narrowed({ text, onClear }: { text: string; onClear: () => void }) {
  return (
    <span className="badge info">
      {text}
      <button
        type="button"
        className="button plain icon"
        style={{ minHeight: 18, minWidth: 18, padding: 0 }}
        aria-label={`Not only ${text}`}
        onClick={onClear}
      >
        ×
      </button>
    </span>
  );
}

function NothingFound({ kind, filtered }: { kind: ContentKind; filtered: boolean }) {
  const { data } = useQuery<Overview>(filtered ? null : '/overview');
  if (filtered)
    return (
      <Empty icon="search" title={`No ${kindWord[kind]} like that`}>
        <p>Nothing passes these filters. Take one away.</p>
      </Empty>
    );
  if (!data) return <Empty icon="search" title={`No ${kindWord[kind]}`} />;
  if (data.assets.host + data.assets.container + data.assets.image === 0)
    return (
      <Empty icon="server" title="Nothing is watched yet">
        <p>No sensor has reported, so nothing could be found.</p>
        <Link className="button primary" href="/settings/enrolment">
          Get the command for a sensor
        </Link>
      </Empty>
    );
  const totals = kind === 'secret' ? data.content.secrets : data.content.malware;
  return (
    <Empty icon="info" title={`No open ${kindWord[kind]}`}>
      <p>
        That is said of what was looked at. Each asset’s page and each scan tell how many files that were,
        with how many rules, what was skipped, and whether it was looked for at all.
      </p>
      <p className="row">
        {totals.masked > 0 && (
          <Link href={href(kindPath[kind], { status: 'masked' })}>{count(totals.masked)} masked</Link>
        )}
        <Link href="/scans">See the scans</Link>
        <Link href={href('/rules', { kind })}>See the rules</Link>
      </p>
    </Empty>
  );
}
