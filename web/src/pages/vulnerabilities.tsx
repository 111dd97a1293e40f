// Vulnerabilities: one row each, however many assets have it.
import { usePages, useQuery } from '../api/cache';
import type { Finding, Vulnerability, VulnerabilityDetail } from '../api/types';
import { ageInDays, count, percent, plural } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import {
  AssetLink,
  ErrorNotice,
  ExportMenu,
  Kev,
  Notice,
  ReachBadge,
  Score,
  SeverityBadge,
  Skeleton,
  UsageBadge,
  useNow,
} from '../ui/basics';
import { Drawer } from '../ui/dialog';
import { Facts, FindingDrawer } from '../ui/finding-drawer';
import { ClearFilters, FlagFilter, SeverityFilter, TextFilter, ViewSwitch } from '../ui/finding-filters';
import { NothingFound } from '../ui/nothing';
import { type Column, DataTable } from '../ui/table';

export const vulnerabilityKey = (row: { id: string }) => row.id;
const filters = ['severity', 'q', 'kev', 'fixable'];

const columns: Column<Vulnerability>[] = [
  { title: 'Score', width: '98px', sort: 'score', cell: (row) => <Score value={row.score} /> },
  { title: 'Vulnerability', width: 'minmax(132px, 0.400fr)', cell: (row) => <b>{row.id}</b> },
  { title: 'Severity', width: '106px', from: 480, cell: (row) => <SeverityBadge severity={row.severity} /> },
  {
    title: 'Summary',
    width: 'minmax(180px, 1fr)',
    from: 700,
    cell: (row) => (
      <span title={row.summary}>
        {row.summary || <span className="muted">{row.packages.join(', ')}</span>}
      </span>
    ),
  },
  {
    title: 'Packages',
    width: 'minmax(90px, 170px)',
    from: 1080,
    cell: (row) => <span title={row.packages.join(', ')}>{row.packages.join(', ')}</span>,
  },
  { title: 'Exploited', width: '96px', from: 900, cell: (row) => <Kev known={row.known_exploited} /> },
  {
    title: 'EPSS',
    width: '62px',
    from: 1180,
    end: true,
    cell: (row) => percent(row.epss, row.epss !== null && row.epss < 0.1 ? 1 : 0),
  },
  { title: 'Assets', width: '62px', sort: 'assets', end: true, cell: (row) => count(row.assets) },
  {
    title: 'Exposed',
    width: '68px',
    from: 560,
    end: true,
    cell: (row) =>
      row.exposed ? <b>{count(row.exposed)}</b> : <span className="muted">{row.loaded ? '0' : '–'}</span>,
  },
  {
    title: 'Fix',
    width: '52px',
    from: 700,
    cell: (row) =>
      row.fixable ? <span className="badge good">fix</span> : <span className="muted">none</span>,
  },
];

export function Vulnerabilities() {
  const [params, set] = useParams();
  const query = Object.fromEntries([...filters, 'sort'].map((name) => [name, params.get(name)]));
  const pages = usePages<Vulnerability>(
    href('/vulnerabilities', query),
    ['finding', 'mask', 'advisory'],
    vulnerabilityKey,
  );
  const open = params.get('open');
  const finding = params.get('finding');
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Vulnerabilities</h1>
          <ViewSwitch />
          <span className="grow" />
          <ExportMenu list="vulnerabilities" params={params} />
        </div>
        <div className="filters">
          <TextFilter label="Filter vulnerabilities" placeholder="Id, summary or package" />
          <SeverityFilter />
          <FlagFilter name="kev" title="In CISA's catalogue of known exploited vulnerabilities">
            Exploited
          </FlagFilter>
          <FlagFilter name="fixable">Fix exists</FlagFilter>
          <ClearFilters names={filters} />
        </div>
        <DataTable
          label="Vulnerabilities"
          columns={columns}
          pages={pages}
          rowKey={vulnerabilityKey}
          unit={['vulnerability', 'vulnerabilities']}
          sort={params.get('sort') ?? 'score'}
          onSort={(sort) => set({ sort: sort === 'score' ? undefined : sort })}
          onOpen={(row) => set({ open: row.id, finding: undefined }, { replace: open !== null })}
          openKey={open}
          empty={<NothingFound filtered={filters.some((name) => params.get(name))} what="vulnerabilities" />}
        />
      </div>
      {finding ? (
        <FindingDrawer key={finding} id={finding} onClose={() => set({ finding: undefined })} />
      ) : (
        open && (
          <VulnerabilityDrawer
            key={open}
            id={open}
            onClose={() => set({ open: undefined })}
            onFinding={(id) => set({ finding: id })}
          />
        )
      )}
    </div>
  );
}

const findingKey = (row: Finding) => row.id;

export function VulnerabilityDrawer({
  id,
  onClose,
  onFinding,
}: {
  id: string;
  onClose: () => void;
  onFinding: (id: string) => void;
}) {
  const { data, error, reload } = useQuery<VulnerabilityDetail>(
    `/vulnerabilities/${encodeURIComponent(id)}`,
    ['finding', 'mask', 'advisory'],
  );
  const affected = usePages<Finding>(
    href('/findings', { vulnerability: id }),
    ['finding', 'mask'],
    findingKey,
  );
  const age = ageInDays(data?.published, useNow());
  return (
    <Drawer
      label="Vulnerability"
      onClose={onClose}
      title={
        <div className="stack tight">
          <div className="row">
            <h2 style={{ fontSize: 16 }}>{id}</h2>
            {data && <SeverityBadge severity={data.severity} />}
            {data && <Kev known={data.known_exploited} ransomware={data.ransomware} />}
          </div>
          {data && (
            <p className="muted">
              {plural(data.findings, 'open finding')} in {plural(data.assets, 'asset')}
              {data.exposed > 0 && `, ${count(data.exposed)} exposed`}
              {age !== null && age < 14 && ' · published in the last two weeks'}
            </p>
          )}
        </div>
      }
    >
      {error && <ErrorNotice error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data && (
        <>
          <p>{data.summary || data.detail.summary || 'The advisory has no summary.'}</p>
          {data.top_finding && (
            <div>
              <button type="button" className="button primary" onClick={() => onFinding(data.top_finding!)}>
                Why {data.score.toFixed(1)}? The worst finding, explained
              </button>
            </div>
          )}
          <section>
            <h3>Packages that have it</h3>
            <div className="scroll-x">
              <table className="simple">
                <thead>
                  <tr>
                    <th>Package</th>
                    <th>Affected</th>
                    <th>Fixed in</th>
                    <th className="end">Assets</th>
                  </tr>
                </thead>
                <tbody>
                  {data.affected_packages.map((pkg) => (
                    <tr key={pkg.id}>
                      <td className="break">
                        <Link href={href('/packages', { q: pkg.name, open: pkg.id })}>{pkg.name}</Link>{' '}
                        {pkg.version}
                      </td>
                      <td>{pkg.affected || 'all versions'}</td>
                      <td>
                        {pkg.fixed_versions.join(', ') || (
                          <span className="muted">
                            {pkg.fix_state === 'wont-fix' ? 'will not be fixed' : 'not yet'}
                          </span>
                        )}
                      </td>
                      <td className="end">{count(pkg.assets)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <section>
            <h3>Assets, most urgent first</h3>
            {affected.error && <ErrorNotice error={affected.error} />}
            <ul className="stack tight">
              {affected.items.slice(0, 50).map((row) => (
                <li key={row.id} className="row spread" style={{ flexWrap: 'nowrap' }}>
                  <button
                    type="button"
                    className="button plain"
                    style={{
                      padding: '2px 6px',
                      margin: '0 -6px',
                      minWidth: 0,
                      justifyContent: 'flex-start',
                    }}
                    onClick={() => onFinding(row.id)}
                  >
                    <Score value={row.score} />
                    <span className="visually-hidden">of 100 on {row.asset_name}: explain</span>
                  </button>
                  <span className="grow">
                    <AssetLink
                      id={row.asset_id}
                      name={row.asset_name}
                      kind={row.asset_kind}
                      host={row.host_name}
                    />
                  </span>
                  {row.exposure !== 'none' && row.usage === 'loaded' ? (
                    <ReachBadge reach={row.exposure} />
                  ) : (
                    <UsageBadge usage={row.usage} />
                  )}
                </li>
              ))}
            </ul>
            {(affected.total ?? 0) > 50 && (
              <Link href={href('/findings', { vulnerability: id })}>
                All {count(affected.total)} findings
              </Link>
            )}
            {!affected.loading && affected.items.length === 0 && !affected.error && (
              <Notice>
                No open finding has it now; see the{' '}
                <Link href={href('/findings', { vulnerability: id, status: 'masked' })}>masked</Link> and{' '}
                <Link href={href('/findings', { vulnerability: id, status: 'resolved' })}>resolved</Link>{' '}
                ones.
              </Notice>
            )}
          </section>
          <Facts facts={data.detail} />
        </>
      )}
    </Drawer>
  );
}
