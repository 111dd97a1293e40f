// The lists of one asset: findings, secrets, malware, packages, what runs, connections, containers, scans.
import { usePages } from '../api/cache';
import type {
  Asset,
  AssetDetail,
  AssetPackage,
  Connection,
  ContentFinding,
  ContentKind,
  Finding,
  Process,
  Scan,
} from '../api/types';
import { kindTitle, unitOf } from '../lib/content';
import { count } from '../lib/format';
import { href, Link, navigate, useParams } from '../lib/router';
import { Counts, Empty, ReachBadge, SearchBox, Time, UsageBadge } from '../ui/basics';
import { NoContent, NoFindings, Unchecked } from '../ui/checked';
import { type Column, DataTable } from '../ui/table';
import { assetColumns } from './assets';
import { contentColumns, contentKey } from './content';
import { findingColumns, findingKey } from './findings';
import { scanColumns, scanKey } from './scan-columns';

const ownFindingColumns = findingColumns({ asset: false });

export function FindingsTab({
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

const contentColumnsOf = {
  secret: contentColumns({ asset: false, kind: 'secret' }),
  malware: contentColumns({ asset: false, kind: 'malware' }),
};

export function ContentTab({
  asset,
  kind,
  open,
  onOpen,
}: {
  asset: AssetDetail;
  kind: ContentKind;
  open: string | null;
  onOpen: (id: string) => void;
}) {
  const pages = usePages<ContentFinding>(
    href('/content-findings', { kind, asset: asset.id }),
    [`content@${asset.id}`, 'mask', 'rules'],
    contentKey,
  );
  return (
    <>
      <Unchecked asset={asset} />
      <DataTable
        label={`${kindTitle[kind]} of ${asset.name}`}
        columns={contentColumnsOf[kind]}
        pages={pages}
        rowKey={contentKey}
        unit={unitOf[kind]}
        onOpen={(row) => onOpen(row.id)}
        openKey={open}
        empty={<NoContent asset={asset} kind={kind} />}
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

export function PackagesTab({ asset }: { asset: AssetDetail }) {
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

export function ProcessesTab({ asset }: { asset: AssetDetail }) {
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

export function ConnectionsTab({ asset }: { asset: AssetDetail }) {
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
export function ContainersTab({ asset }: { asset: AssetDetail }) {
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

export function ScansTab({ asset }: { asset: AssetDetail }) {
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
