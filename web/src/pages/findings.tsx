// Every finding alone: one weakness in one package of one asset.
import { usePages } from '../api/cache';
import type { Finding } from '../api/types';
import { href, Link, useParams } from '../lib/router';
import {
  AssetLink,
  ExportMenu,
  KevMark,
  ReachBadge,
  Score,
  Select,
  SeverityBadge,
  Time,
  UsageBadge,
} from '../ui/basics';
import { FindingDrawer } from '../ui/finding-drawer';
import { ClearFilters, FlagFilter, SeverityFilter, TextFilter, ViewSwitch } from '../ui/finding-filters';
import { NothingFound } from '../ui/nothing';
import { type Column, DataTable } from '../ui/table';

export const findingKey = (row: Finding) => row.id;
const filters = ['severity', 'q', 'kev', 'fixable', 'loaded', 'status', 'asset', 'vulnerability', 'package'];

export function findingColumns(options: { asset: boolean }): Column<Finding>[] {
  return [
    { title: 'Score', width: '98px', sort: 'score', cell: (row) => <Score value={row.score} /> },
    {
      title: 'Vulnerability',
      width: 'minmax(150px, 0.500fr)',
      cell: (row) => (
        <span className="row tight" style={{ flexWrap: 'nowrap' }}>
          <b>{row.vulnerability}</b>
          <KevMark known={row.known_exploited} />
        </span>
      ),
    },
    {
      title: 'Severity',
      width: '106px',
      from: 640,
      cell: (row) => <SeverityBadge severity={row.severity} />,
    },
    {
      title: 'Package',
      width: 'minmax(150px, 1.200fr)',
      from: 420,
      cell: (row) => (
        <span title={`${row.package_name} ${row.package_version}`}>
          {row.package_name} <span className="muted">{row.package_version}</span>
        </span>
      ),
    },
    ...(options.asset
      ? [
          {
            title: 'Asset',
            width: 'minmax(120px, 1.200fr)',
            from: 520,
            cell: (row: Finding) => (
              <AssetLink id={row.asset_id} name={row.asset_name} kind={row.asset_kind} host={row.host_name} />
            ),
          },
        ]
      : []),
    { title: 'Use', width: '96px', from: 820, cell: (row) => <UsageBadge usage={row.usage} /> },
    {
      title: 'Exposure',
      width: '128px',
      from: 980,
      cell: (row) =>
        row.usage === 'loaded' ? <ReachBadge reach={row.exposure} quiet /> : <span className="muted">–</span>,
    },
    {
      title: 'Fixed in',
      width: 'minmax(80px, 130px)',
      from: 900,
      cell: (row) => (
        <span title={row.fixed_versions.join(', ')}>
          {row.fixed_versions[0] ?? (
            <span className="muted">{row.fix_state === 'wont-fix' ? 'will not be' : 'not yet'}</span>
          )}
        </span>
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
const columns = findingColumns({ asset: true });

export function Findings() {
  const [params, set] = useParams();
  const query = Object.fromEntries([...filters, 'sort'].map((name) => [name, params.get(name)]));
  const pages = usePages<Finding>(href('/findings', query), ['finding', 'mask', 'advisory'], findingKey);
  const open = params.get('open');
  const narrowed = ['asset', 'vulnerability', 'package'].filter((name) => params.get(name));
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Findings</h1>
          <ViewSwitch />
          <span className="grow" />
          <ExportMenu list="findings" params={params} />
        </div>
        <div className="filters">
          <TextFilter label="Filter findings" placeholder="Vulnerability, package or asset" />
          <SeverityFilter />
          <FlagFilter name="kev" title="In CISA's catalogue of known exploited vulnerabilities">
            Exploited
          </FlagFilter>
          <FlagFilter name="loaded" title="In a package that a running process has loaded">
            Loaded
          </FlagFilter>
          <FlagFilter name="fixable">Fix exists</FlagFilter>
          <Select
            label="Status"
            value={params.get('status') ?? ''}
            options={[
              ['', 'Open'],
              ['masked', 'Masked'],
              ['resolved', 'Resolved'],
            ]}
            onChange={(status) => set({ status, open: undefined })}
          />
          {narrowed.map((name) => (
            <span key={name} className="badge info">
              {name}{' '}
              {name === 'vulnerability' ? (
                params.get(name)
              ) : (
                <Narrowed name={name} id={params.get(name)!} pages={pages.items} />
              )}
              <button
                type="button"
                className="button plain icon"
                style={{ minHeight: 18, minWidth: 18, padding: 0 }}
                aria-label={`All ${name}s`}
                onClick={() => set({ [name]: undefined })}
              >
                ×
              </button>
            </span>
          ))}
          <ClearFilters names={filters} />
        </div>
        <DataTable
          label="Findings"
          columns={columns}
          pages={pages}
          rowKey={findingKey}
          unit={['finding', 'findings']}
          sort={params.get('sort') ?? 'score'}
          onSort={(sort) => set({ sort: sort === 'score' ? undefined : sort })}
          onOpen={(row) => set({ open: row.id }, { replace: open !== null })}
          openKey={open}
          empty={<NothingFound filtered={filters.some((name) => params.get(name))} what="findings" />}
        />
      </div>
      {open && <FindingDrawer key={open} id={open} onClose={() => set({ open: undefined })} />}
    </div>
  );
}

function Narrowed({ name, id, pages }: { name: string; id: string; pages: Finding[] }) {
  const row = pages[0];
  if (name === 'asset')
    return <Link href={`/assets/${encodeURIComponent(id)}`}>{row?.asset_name ?? id}</Link>;
  return <>{row ? `${row.package_name} ${row.package_version}` : id}</>;
}
