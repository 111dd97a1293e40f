// One asset: facts, findings, packages, what it does, its scans, and what nobody could check.
import { type ReactNode, useState } from 'react';
import { changed, usePages, useQuery } from '../api/cache';
import { post, remove } from '../api/client';
import type {
  Asset,
  AssetDetail,
  AssetPackage,
  Connection,
  Coverage,
  Finding,
  Process,
  Scan,
  ScanProblem,
} from '../api/types';
import { count, plural } from '../lib/format';
import { href, Link, navigate, useParams } from '../lib/router';
import { useMay } from '../session';
import {
  Card,
  Counts,
  Empty,
  ErrorNotice,
  KindIcon,
  Menu,
  Notice,
  ReachBadge,
  Score,
  SearchBox,
  Skeleton,
  StateBadge,
  Time,
  totalOf,
  UsageBadge,
} from '../ui/basics';
import { Confirm, toast, useAction } from '../ui/dialog';
import { FindingDrawer } from '../ui/finding-drawer';
import { Icon } from '../ui/icons';
import { type Column, DataTable } from '../ui/table';
import { assetColumns } from './assets';
import { findingColumns, findingKey } from './findings';
import { scanColumns, scanKey } from './scan-columns';

export function AssetPage({ id }: { id: string }) {
  const path = `/assets/${encodeURIComponent(id)}`;
  const { data, error, reload } = useQuery<AssetDetail>(path, [
    ...['asset', 'inventory', 'finding', 'scan'].map((topic) => `${topic}@${id}`),
    'mask',
    'sensor',
    'advisory',
  ]);
  const [params, set] = useParams();
  const tab = params.get('tab') ?? 'overview';
  const open = params.get('open');
  if (!data)
    return (
      <div className="page">
        {error ? (
          error.status === 404 ? (
            <Empty icon="search" title="There is no such asset">
              <p>It may have been removed. A sensor that still sees it brings it back.</p>
              <Link href="/assets">To the inventory</Link>
            </Empty>
          ) : (
            <ErrorNotice error={error} retry={reload} />
          )
        ) : (
          <Skeleton lines={8} />
        )}
      </div>
    );
  const tabs: [string, string, number | null][] = [
    ['overview', 'Overview', null],
    ['findings', 'Findings', totalOf(data.findings)],
    ['packages', 'Packages', data.packages],
    ...(data.kind === 'image'
      ? []
      : ([
          ['processes', 'Processes', data.processes],
          ['connections', 'Connections', data.connections],
        ] as [string, string, number][])),
    ...(data.kind === 'container'
      ? []
      : ([['containers', 'Containers', data.containers]] as [string, string, number][])),
    ['scans', 'Scans', null],
  ];
  return (
    <div className="with-drawer">
      <div className={`page ${tab === 'overview' ? '' : 'fixed'}`}>
        <Head asset={data} />
        <nav className="tabs" aria-label="Parts of the asset">
          {tabs.map(([name, text, n]) => (
            <Link
              key={name}
              href={href(`/assets/${encodeURIComponent(id)}`, {
                tab: name === 'overview' ? undefined : name,
              })}
              aria-current={tab === name ? 'page' : undefined}
            >
              {text}
              {n !== null && <span className="count">{count(n)}</span>}
            </Link>
          ))}
        </nav>
        {tab === 'overview' && <OverviewTab asset={data} />}
        {tab === 'findings' && (
          <FindingsTab
            asset={data}
            open={open}
            onOpen={(value) => set({ open: value }, { replace: open !== null })}
          />
        )}
        {tab === 'packages' && <PackagesTab asset={data} />}
        {tab === 'processes' && <ProcessesTab asset={data} />}
        {tab === 'connections' && <ConnectionsTab asset={data} />}
        {tab === 'containers' && <ContainersTab asset={data} />}
        {tab === 'scans' && <ScansTab asset={data} />}
      </div>
      {open && <FindingDrawer key={open} id={open} onClose={() => set({ open: undefined })} />}
    </div>
  );
}

function Head({ asset }: { asset: AssetDetail }) {
  const may = useMay('user');
  const admin = useMay('admin');
  const [removing, setRemoving] = useState(false);
  const { run, busy } = useAction(async () => {
    try {
      await post('/scans', { asset_ids: [asset.id] });
      toast(`A scan of ${asset.name} was asked for.`, 'good');
      changed('/scans', '/jobs');
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  });
  const sbom = (format: string) => `/api/v1/assets/${encodeURIComponent(asset.id)}/sbom?format=${format}`;
  return (
    <>
      <div className="page-head">
        <span className="row grow" style={{ flexWrap: 'nowrap' }}>
          <KindIcon kind={asset.kind} />
          <h1 className="break">{asset.name}</h1>
          <StateBadge state={asset.state} />
        </span>
        {may && (
          <button
            type="button"
            className="button primary"
            disabled={busy || asset.scan_state === 'running'}
            onClick={() => run()}
          >
            <Icon name="scan" size={14} />
            {asset.scan_state === 'running' ? 'Scanning' : 'Scan now'}
          </button>
        )}
        <Menu
          label={
            <>
              <Icon name="download" size={14} />
              SBOM
            </>
          }
        >
          <a href={sbom('cyclonedx-json')} download>
            CycloneDX JSON
          </a>
          <a href={sbom('spdx-json')} download>
            SPDX JSON
          </a>
          <a href={sbom('json')} download>
            Weir JSON
          </a>
        </Menu>
        <Link className="button" href={href('/topology', { focus: asset.id })}>
          <Icon name="graph" size={14} />
          In the topology
        </Link>
        {admin && (
          <button type="button" className="button danger" onClick={() => setRemoving(true)}>
            Forget
          </button>
        )}
        <p className="lead">
          {asset.kind}
          {asset.host_id && (
            <>
              {' on '}
              <Link href={`/assets/${encodeURIComponent(asset.host_id)}`}>{asset.host_name}</Link>
            </>
          )}
          {asset.os && ` · ${asset.os}`}
          {' · seen '}
          <Time at={asset.last_seen} />
        </p>
      </div>
      {removing && (
        <Confirm
          title={`Forget ${asset.name}?`}
          verb="Forget"
          onClose={() => setRemoving(false)}
          action={async () => {
            await remove(`/assets/${encodeURIComponent(asset.id)}`);
            navigate('/assets', { replace: true });
          }}
        >
          <p>Its packages, findings and scans are removed. A sensor that still sees it brings it back.</p>
        </Confirm>
      )}
    </>
  );
}

/** What must be known before an empty list of findings is believed. */
export function Unchecked({ asset }: { asset: AssetDetail }) {
  const gaps: ReactNode[] = [];
  const unknown = asset.coverage.filter((row) => row.sources.length === 0);
  const starter = asset.coverage.filter((row) => row.starter_only);
  const sum = (rows: Coverage[]) => rows.reduce((total, row) => total + row.packages, 0);
  if (asset.scan_state === 'never') gaps.push('It was never scanned, so nothing is known of what is in it.');
  if (asset.last_scan_error)
    gaps.push(<>The last scan failed: {asset.last_scan_error}. What is shown is from before.</>);
  if (unknown.length > 0)
    gaps.push(
      `No advisories for ${unknown.map((row) => row.ecosystem).join(', ')}: ${plural(sum(unknown), 'package')} were not checked.`,
    );
  if (starter.length > 0)
    gaps.push(
      `Only the small built-in set knows ${starter.map((row) => row.ecosystem).join(', ')}: ${plural(sum(starter), 'package')} were barely checked.`,
    );
  if (asset.problems.length > 0)
    gaps.push(
      `${plural(
        asset.problems.reduce((total, row) => total + row.count, 0),
        'thing',
      )} could not be read.`,
    );
  if (asset.sensor && asset.sensor.state !== 'online')
    gaps.push(`Its sensor is ${asset.sensor.state}: what is shown may be old.`);
  if (gaps.length === 0) return null;
  return (
    <Notice tone="warn">
      <b>Not everything was checked.</b>
      <ul>
        {gaps.map((gap, i) => (
          <li key={i}>{gap}</li>
        ))}
      </ul>
    </Notice>
  );
}

function OverviewTab({ asset }: { asset: AssetDetail }) {
  const top = usePages<Finding>(
    href('/findings', { asset: asset.id }),
    [`finding@${asset.id}`, 'mask', 'advisory'],
    findingKey,
  );
  const labels = Object.entries(asset.labels);
  return (
    <>
      <Unchecked asset={asset} />
      <div className="cards">
        <Card
          className="w7"
          title="Fix first here"
          extra={
            <Link
              className="small"
              href={href(`/assets/${encodeURIComponent(asset.id)}`, { tab: 'findings' })}
            >
              All findings
            </Link>
          }
        >
          {top.loading && <Skeleton />}
          <ol className="fix-first">
            {top.items.slice(0, 7).map((row, i) => (
              <li key={row.id}>
                <Link
                  href={href(`/assets/${encodeURIComponent(asset.id)}`, { tab: 'findings', open: row.id })}
                >
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
            ))}
          </ol>
          {!top.loading && top.items.length === 0 && <NoFindings asset={asset} />}
        </Card>
        <Card className="w5" title="Facts">
          <dl className="facts">
            <dt>Score</dt>
            <dd>
              <Score value={asset.score} />
            </dd>
            <dt>Findings</dt>
            <dd>
              <Counts counts={asset.findings} />
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
        <Card className="w6" title="What was checked">
          <CoverageTable rows={asset.coverage} />
        </Card>
        <Card className="w6" title="What could not be read">
          <ProblemTable rows={asset.problems} scanned={asset.scan_state !== 'never'} />
        </Card>
      </div>
    </>
  );
}

function NoFindings({ asset }: { asset: AssetDetail }) {
  if (asset.scan_state === 'never')
    return (
      <Empty icon="scan" title="Never scanned">
        <p>Nothing is known of what is in it yet.</p>
      </Empty>
    );
  const gaps =
    asset.coverage.some((row) => row.sources.length === 0 || row.starter_only) ||
    asset.problems.length > 0 ||
    asset.last_scan_error !== '' ||
    asset.coverage.length === 0;
  return gaps ? (
    <Empty icon="alert" title="No open findings so far">
      <p>Not everything could be checked: see below.</p>
    </Empty>
  ) : (
    <Empty icon="check" title="No open findings">
      <p>All {count(asset.packages)} packages were checked against current advisories.</p>
    </Empty>
  );
}

export function CoverageTable({ rows }: { rows: Coverage[] }) {
  if (rows.length === 0) return <p className="muted">No packages were found, so nothing was checked.</p>;
  return (
    <div className="scroll-x">
      <table className="simple">
        <thead>
          <tr>
            <th>Ecosystem</th>
            <th className="end">Packages</th>
            <th>Checked against</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.ecosystem}>
              <td>{row.ecosystem}</td>
              <td className="end">{count(row.packages)}</td>
              <td>
                {row.sources.length === 0 ? (
                  <span className="badge bad">nothing: not checked</span>
                ) : row.starter_only ? (
                  <span className="badge warn">built-in set only: barely checked</span>
                ) : (
                  row.sources.join(', ')
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ProblemTable({ rows, scanned }: { rows: ScanProblem[]; scanned: boolean }) {
  if (rows.length === 0)
    return <p className="muted">{scanned ? 'Everything could be read.' : 'It was never scanned.'}</p>;
  return (
    <div className="scroll-x">
      <table className="simple">
        <tbody>
          {rows.map((row) => (
            <tr key={row.path + row.message}>
              <td className="mono small break">{row.path || '–'}</td>
              <td>
                {row.message}
                {row.count > 1 && <span className="muted"> ({count(row.count)} times)</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ownFindingColumns = findingColumns({ asset: false });

function FindingsTab({
  asset,
  open,
  onOpen,
}: {
  asset: AssetDetail;
  open: string | null;
  onOpen: (id: string) => void;
}) {
  const pages = usePages<Finding>(
    href('/findings', { asset: asset.id }),
    [`finding@${asset.id}`, 'mask', 'advisory'],
    findingKey,
  );
  return (
    <>
      <Unchecked asset={asset} />
      <DataTable
        label={`Findings of ${asset.name}`}
        columns={ownFindingColumns}
        pages={pages}
        rowKey={findingKey}
        unit={['finding', 'findings']}
        onOpen={(row) => onOpen(row.id)}
        openKey={open}
        empty={<NoFindings asset={asset} />}
      />
    </>
  );
}

const packageKey = (row: AssetPackage) => `${row.id} ${row.location}`;
const packageColumns: Column<AssetPackage>[] = [
  {
    title: 'Name',
    width: 'minmax(150px, 1.200fr)',
    cell: (row) => (
      <>
        <b title={row.name}>{row.name}</b>{' '}
        {row.declared && (
          <span className="badge" title="A lockfile or manifest names it; it may not be installed">
            declared
          </span>
        )}
      </>
    ),
  },
  {
    title: 'Version',
    width: 'minmax(90px, 0.600fr)',
    cell: (row) => <span title={row.version}>{row.version || <span className="muted">not known</span>}</span>,
  },
  { title: 'Type', width: '70px', from: 560, cell: (row) => row.type },
  { title: 'Use', width: '96px', from: 480, cell: (row) => <UsageBadge usage={row.usage} /> },
  {
    title: 'Evidence',
    width: 'minmax(120px, 1fr)',
    from: 1020,
    cell: (row) => <span title={row.used_by}>{row.used_by || <span className="muted">–</span>}</span>,
  },
  {
    title: 'Findings',
    width: 'minmax(120px, 0.900fr)',
    from: 640,
    cell: (row) => <Counts counts={row.findings} most={3} />,
  },
  { title: 'Licences', width: 'minmax(90px, 0.600fr)', from: 1140, cell: (row) => row.licenses.join(', ') },
  {
    title: 'Where',
    width: 'minmax(110px, 1fr)',
    from: 860,
    cell: (row) => (
      <span className="mono small" title={row.location}>
        {row.location}
      </span>
    ),
  },
];

function PackagesTab({ asset }: { asset: AssetDetail }) {
  const [params, set] = useParams();
  const pages = usePages<AssetPackage>(
    href(`/assets/${encodeURIComponent(asset.id)}/packages`, { q: params.get('q') }),
    ['scan', 'finding'],
    packageKey,
  );
  return (
    <>
      <div className="filters">
        <SearchBox
          label="Filter packages"
          value={params.get('q') ?? ''}
          onChange={(q) => set({ q }, { replace: true })}
        />
      </div>
      <DataTable
        label={`Packages of ${asset.name}`}
        columns={packageColumns}
        pages={pages}
        rowKey={packageKey}
        unit={['package', 'packages']}
        onOpen={(row) => navigate(href('/packages', { q: row.name, open: row.id }))}
        empty={
          asset.scan_state === 'never' ? (
            <Empty icon="scan" title="Never scanned" />
          ) : (
            <Empty icon="box" title={params.get('q') ? 'No package like that' : 'No packages were found'}>
              <p>
                {params.get('q')
                  ? 'Nothing has that in its name.'
                  : 'The scan found no package database, archive or lockfile.'}
              </p>
            </Empty>
          )
        }
      />
    </>
  );
}

const processKey = (row: Process) => `${row.asset_id} ${row.pid} ${row.first_seen}`;
const processColumns: Column<Process>[] = [
  {
    title: 'Process',
    width: 'minmax(110px, 0.700fr)',
    cell: (row) => (
      <>
        <b title={row.executable}>{row.name}</b>
        {!row.running && <span className="badge">ended</span>}
      </>
    ),
  },
  { title: 'Pid', width: '64px', end: true, cell: (row) => row.pid },
  {
    title: 'User',
    width: '120px',
    from: 560,
    cell: (row) => (
      <span className="row tight" style={{ flexWrap: 'nowrap' }}>
        {row.user}
        {row.privileged && row.user !== 'root' && <span className="badge warn">privileged</span>}
      </span>
    ),
  },
  {
    title: 'Listens on',
    width: 'minmax(150px, 1fr)',
    cell: (row) =>
      row.listening.length === 0 ? (
        <span className="muted">–</span>
      ) : (
        <span title={row.listening.map((l) => `${l.address}:${l.port}/${l.protocol}`).join(', ')}>
          {row.listening.slice(0, 2).map((l) => (
            <span
              key={`${l.address}${l.port}${l.protocol}`}
              className={`badge ${l.reach === 'public' ? 'bad' : l.reach === 'any' ? 'warn' : ''}`}
              style={{ marginRight: 4 }}
            >
              {l.address.includes(':') ? `[${l.address}]` : l.address}:{l.port}/{l.protocol}
            </span>
          ))}
          {row.listening.length > 2 && `+${row.listening.length - 2}`}
        </span>
      ),
  },
  { title: 'Connections', width: '84px', from: 700, end: true, cell: (row) => count(row.connections) },
  {
    title: 'Command',
    width: 'minmax(150px, 1.600fr)',
    from: 860,
    cell: (row) => (
      <span className="mono small" title={row.arguments.join(' ')}>
        {row.arguments.join(' ') || row.executable}
      </span>
    ),
  },
  {
    title: 'In',
    width: 'minmax(100px, 0.700fr)',
    from: 1060,
    cell: (row) => (
      <Link href={`/assets/${encodeURIComponent(row.asset_id)}`} tabIndex={-1}>
        {row.asset_name}
      </Link>
    ),
  },
  { title: 'Since', width: '84px', from: 980, cell: (row) => <Time at={row.first_seen} /> },
];

/** What runs in it is told with its host. */
const inventoryOf = (asset: AssetDetail) => `inventory@${asset.host_id ?? asset.id}`;

function ProcessesTab({ asset }: { asset: AssetDetail }) {
  const pages = usePages<Process>(
    `/assets/${encodeURIComponent(asset.id)}/processes`,
    ['inventory'],
    processKey,
  );
  return (
    <DataTable
      label={`Processes of ${asset.name}`}
      columns={processColumns}
      pages={pages}
      rowKey={processKey}
      unit={['process', 'processes']}
      empty={
        <Empty icon="cpu" title="No process is seen">
          <p>
            {asset.state === 'running'
              ? 'The sensor has reported none yet, or may not see them.'
              : `The ${asset.kind} does not run now.`}
          </p>
        </Empty>
      }
    />
  );
}

const connectionKey = (row: Connection) =>
  `${row.process} ${row.protocol} ${row.inbound} ${row.local_address} ${row.local_port} ${row.remote_address} ${row.remote_port} ${row.asset_id} ${row.first_seen}`;
const connectionColumns: Column<Connection>[] = [
  {
    title: 'Direction',
    width: '64px',
    cell: (row) => <span className={row.inbound ? '' : 'muted'}>{row.inbound ? '← in' : '→ out'}</span>,
  },
  { title: 'Process', width: 'minmax(90px, 0.700fr)', cell: (row) => <b>{row.process}</b> },
  {
    title: 'Port',
    width: '82px',
    end: true,
    cell: (row) => `${row.inbound ? row.local_port : row.remote_port}/${row.protocol}`,
  },
  {
    title: 'Other end',
    width: 'minmax(140px, 1.200fr)',
    cell: (row) =>
      row.remote_asset_id ? (
        <Link href={`/assets/${encodeURIComponent(row.remote_asset_id)}`} tabIndex={-1}>
          {row.remote_name || row.remote_address}
        </Link>
      ) : (
        row.remote_name || row.remote_address
      ),
  },
  { title: 'Reach', width: '128px', from: 560, cell: (row) => <ReachBadge reach={row.remote_reach} /> },
  {
    title: 'Now',
    width: '76px',
    from: 640,
    cell: (row) =>
      row.open ? (
        <span className="badge good">{row.count > 1 ? `${count(row.count)} open` : 'open'}</span>
      ) : (
        <span className="muted">closed</span>
      ),
  },
  { title: 'First seen', width: '88px', from: 900, cell: (row) => <Time at={row.first_seen} /> },
  { title: 'Last seen', width: '88px', from: 740, cell: (row) => <Time at={row.last_seen} /> },
];

function ConnectionsTab({ asset }: { asset: AssetDetail }) {
  const pages = usePages<Connection>(
    `/assets/${encodeURIComponent(asset.id)}/connections`,
    [inventoryOf(asset)],
    connectionKey,
  );
  return (
    <DataTable
      label={`Connections of ${asset.name}`}
      columns={connectionColumns}
      pages={pages}
      rowKey={connectionKey}
      unit={['connection', 'connections']}
      empty={
        <Empty icon="plug" title="No connection was seen">
          <p>The sensor looks every few seconds: a connection that lived shorter may have been missed.</p>
        </Empty>
      }
    />
  );
}

const containerKey = (row: Asset) => row.id;
function ContainersTab({ asset }: { asset: AssetDetail }) {
  const query =
    asset.kind === 'host' ? { kind: 'container', host: asset.id } : { kind: 'container', q: asset.name };
  const pages = usePages<Asset>(href('/assets', query), ['asset', 'scan', 'finding'], containerKey);
  return (
    <DataTable
      label={`Containers of ${asset.name}`}
      columns={assetColumns}
      pages={pages}
      rowKey={containerKey}
      unit={['container', 'containers']}
      onOpen={(row) => navigate(`/assets/${encodeURIComponent(row.id)}`)}
      empty={<Empty icon="box" title="No containers" />}
    />
  );
}

function ScansTab({ asset }: { asset: AssetDetail }) {
  const pages = usePages<Scan>(
    `/assets/${encodeURIComponent(asset.id)}/scans`,
    [`scan@${asset.id}`, 'job'],
    scanKey,
  );
  return (
    <DataTable
      label={`Scans of ${asset.name}`}
      columns={scanColumns({ asset: false })}
      pages={pages}
      rowKey={scanKey}
      unit={['scan', 'scans']}
      onOpen={(row) => navigate(`/scans/${encodeURIComponent(row.id)}`)}
      empty={
        <Empty icon="scan" title="Never scanned">
          <p>A sensor scans on its start, on changes and on schedule; “Scan now” asks for one at once.</p>
        </Empty>
      }
    />
  );
}
