// One asset: facts, findings, packages, what it does, its scans, and what nobody could check.
import { useState } from 'react';
import { changed, useQuery } from '../api/cache';
import { post, remove } from '../api/client';
import type { AssetDetail, ContentKind } from '../api/types';
import { count } from '../lib/format';
import { href, Link, navigate, useParams } from '../lib/router';
import { useMay } from '../session';
import { Empty, ErrorNotice, KindIcon, Menu, Skeleton, StateBadge, Time, totalOf } from '../ui/basics';
import { ContentDrawer } from '../ui/content-drawer';
import { Confirm, toast, useAction } from '../ui/dialog';
import { FindingDrawer } from '../ui/finding-drawer';
import { Icon } from '../ui/icons';
import {
  ConnectionsTab,
  ContainersTab,
  ContentTab,
  FindingsTab,
  PackagesTab,
  ProcessesTab,
  ScansTab,
} from './asset-lists';
import { OverviewTab } from './asset-overview';

export function AssetPage({ id }: { id: string }) {
  const path = `/assets/${encodeURIComponent(id)}`;
  const { data, error, reload } = useQuery<AssetDetail>(path, [
    ...['asset', 'inventory', 'finding', 'content', 'scan'].map((topic) => `${topic}@${id}`),
    'mask',
    'sensor',
    'advisory',
  ]);
  const [params, set] = useParams();
  const tab = params.get('tab') ?? 'overview';
  const open = params.get('open');
  const content: ContentKind | null = tab === 'secrets' ? 'secret' : tab === 'malware' ? 'malware' : null;
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
    ['findings', 'Weaknesses', totalOf(data.findings)],
    ['secrets', 'Secrets', totalOf(data.secrets)],
    ['malware', 'Malware', totalOf(data.malware)],
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
        {content && (
          <ContentTab
            key={content}
            asset={data}
            kind={content}
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
      {open && content && <ContentDrawer key={open} id={open} onClose={() => set({ open: undefined })} />}
      {open && !content && <FindingDrawer key={open} id={open} onClose={() => set({ open: undefined })} />}
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
