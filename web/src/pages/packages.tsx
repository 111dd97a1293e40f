// "Where is log4j?": distinct packages of all assets, and who has one.
import { usePages } from '../api/cache';
import type { Package, PackageAsset } from '../api/types';
import { count, plural } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import {
  AssetLink,
  CopyBox,
  Counts,
  Empty,
  ErrorNotice,
  ExportMenu,
  Score,
  Skeleton,
  StateBadge,
  UsageBadge,
} from '../ui/basics';
import { Drawer } from '../ui/dialog';
import { TextFilter } from '../ui/finding-filters';
import { type Column, DataTable } from '../ui/table';

const key = (row: Package) => row.id;
const columns: Column<Package>[] = [
  { title: 'Name', width: 'minmax(180px, 2fr)', cell: (row) => <b title={row.name}>{row.name}</b> },
  {
    title: 'Version',
    width: 'minmax(90px, 0.700fr)',
    cell: (row) => <span title={row.version}>{row.version || <span className="muted">not known</span>}</span>,
  },
  { title: 'Type', width: '76px', from: 520, cell: (row) => row.type },
  { title: 'Assets', width: '68px', end: true, cell: (row) => count(row.assets) },
  {
    title: 'Weaknesses',
    width: 'minmax(130px, 1fr)',
    from: 620,
    cell: (row) => <Counts counts={row.findings} most={3} />,
  },
  { title: 'Worst score', width: '98px', from: 720, cell: (row) => <Score value={row.score} /> },
  { title: 'Ecosystem', width: 'minmax(90px, 0.600fr)', from: 900, cell: (row) => row.ecosystem },
];

export function Packages() {
  const [params, set] = useParams();
  const q = params.get('q') ?? '';
  const pages = usePages<Package>(href('/packages', { q }), ['scan', 'finding', 'asset'], key);
  const open = params.get('open');
  const shown = pages.items.find((row) => row.id === open);
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Packages</h1>
          <span className="grow" />
          <ExportMenu list="packages" params={params} />
        </div>
        <div className="filters">
          <TextFilter label="Find a package" placeholder="log4j, lodash@4.17.20, pkg:npm/…" />
          {!pages.loading && q && pages.items.length > 0 && (
            <span className="muted">
              {plural(pages.total ?? pages.items.length, 'version')} with “{q}” in the name
            </span>
          )}
        </div>
        <DataTable
          label="Packages"
          columns={columns}
          pages={pages}
          rowKey={key}
          unit={['package', 'packages']}
          onOpen={(row) => set({ open: row.id }, { replace: open !== null })}
          openKey={open}
          empty={
            q ? (
              <Empty icon="search" title={`No asset has “${q}”`}>
                <p>
                  No package of that name is in any SBOM here. Assets that were never scanned, or whose scan
                  failed, are not in the answer.
                </p>
                <Link href="/scans?state=failed">See failed scans</Link>
              </Empty>
            ) : (
              <Empty icon="box" title="No packages yet">
                <p>They come with the first scan of a sensor.</p>
                <Link className="button primary" href="/settings/enrolment">
                  Get the command for a sensor
                </Link>
              </Empty>
            )
          }
        />
      </div>
      {open && <PackageDrawer key={open} id={open} row={shown} onClose={() => set({ open: undefined })} />}
    </div>
  );
}

const assetKey = (row: PackageAsset) => `${row.asset_id} ${row.location}`;

function PackageDrawer({ id, row, onClose }: { id: string; row: Package | undefined; onClose: () => void }) {
  const pages = usePages<PackageAsset>(
    `/packages/${encodeURIComponent(id)}/assets`,
    ['scan', 'asset'],
    assetKey,
  );
  return (
    <Drawer
      label="Package"
      onClose={onClose}
      title={
        <div className="stack tight">
          <h2 style={{ fontSize: 16 }} className="break">
            {row ? row.name : 'Package'} <span className="muted">{row?.version}</span>
          </h2>
          {row && <Counts counts={row.findings} none="no known weaknesses" />}
        </div>
      }
    >
      {row?.purl && <CopyBox text={row.purl} label="package URL" />}
      <div className="row">
        <Link className="button" href={href('/findings', { package: id })}>
          Its findings
        </Link>
      </div>
      <section>
        <h3>
          {pages.total === null
            ? 'Assets that have it'
            : `${plural(pages.total, 'asset')} ${pages.total === 1 ? 'has' : 'have'} it`}
        </h3>
        {pages.error && <ErrorNotice error={pages.error} retry={pages.reload} />}
        {pages.loading && <Skeleton />}
        <ul className="stack tight">
          {pages.items.map((asset) => (
            <li key={assetKey(asset)} style={{ borderBottom: '1px solid var(--line)', paddingBottom: 6 }}>
              <div className="row spread" style={{ flexWrap: 'nowrap' }}>
                <AssetLink
                  id={asset.asset_id}
                  name={asset.asset_name}
                  kind={asset.asset_kind}
                  host={asset.host_name}
                />
                <span className="row tight" style={{ flexWrap: 'nowrap' }}>
                  <StateBadge state={asset.state} />
                  <UsageBadge usage={asset.usage} />
                </span>
              </div>
              <div className="small muted break">
                <span className="mono">{asset.location}</span>
                {asset.used_by && ` · ${asset.used_by}`}
              </div>
            </li>
          ))}
        </ul>
        {pages.more && (
          <button type="button" className="button" onClick={pages.loadMore}>
            More ({count(pages.items.length)} of {count(pages.total)})
          </button>
        )}
      </section>
    </Drawer>
  );
}
