// The inventory: hosts, containers, pods and images.
import { useState } from 'react';
import { changed, usePages } from '../api/cache';
import { post } from '../api/client';
import type { Asset } from '../api/types';
import { count, plural } from '../lib/format';
import { href, Link, navigate, useParams } from '../lib/router';
import { useMay } from '../session';
import {
  Counts,
  Empty,
  ExportMenu,
  KindIcon,
  ReachBadge,
  Score,
  Select,
  StateBadge,
  Time,
} from '../ui/basics';
import { toast, useAction } from '../ui/dialog';
import { ClearFilters, TextFilter } from '../ui/finding-filters';
import { Icon } from '../ui/icons';
import { type Column, DataTable } from '../ui/table';

const key = (row: Asset) => row.id;
const filters = ['q', 'host', 'severity', 'state', 'has'];

export const assetColumns: Column<Asset>[] = [
  { title: 'Score', width: '98px', sort: 'score', cell: (row) => <Score value={row.score} /> },
  {
    title: 'Name',
    width: 'minmax(190px, 1.600fr)',
    sort: 'name',
    cell: (row) => (
      <span className="row" style={{ gap: 7, flexWrap: 'nowrap' }}>
        <KindIcon kind={row.kind} />
        <b className="clip" title={row.name}>
          {row.name}
        </b>
        {row.privileged && <span className="badge warn">privileged</span>}
      </span>
    ),
  },
  { title: 'State', width: '84px', from: 520, cell: (row) => <StateBadge state={row.state} /> },
  {
    title: 'On',
    width: 'minmax(90px, 0.700fr)',
    from: 760,
    cell: (row) =>
      row.host_id ? (
        <Link href={`/assets/${encodeURIComponent(row.host_id)}`} tabIndex={-1}>
          {row.host_name}
        </Link>
      ) : (
        <span className="muted">{row.kind === 'host' ? row.os : '–'}</span>
      ),
  },
  {
    title: 'Pod',
    width: 'minmax(90px, 0.700fr)',
    from: 1300,
    cell: (row) => <span title={row.pod}>{row.pod || <span className="muted">–</span>}</span>,
  },
  { title: 'Exposure', width: '124px', from: 1040, cell: (row) => <ReachBadge reach={row.exposure} quiet /> },
  {
    title: 'Weaknesses',
    width: 'minmax(158px, 0.800fr)',
    from: 600,
    sort: 'findings',
    cell: (row) =>
      row.scan_state === 'never' ? (
        <span className="badge warn">never scanned</span>
      ) : row.scan_state === 'failed' ? (
        <span className="badge bad">scan failed</span>
      ) : (
        <Counts counts={row.findings} most={3} />
      ),
  },
  {
    title: 'Secrets',
    width: 'minmax(84px, 0.400fr)',
    from: 900,
    cell: (row) => <Counts counts={row.secrets} most={2} none="–" />,
  },
  {
    title: 'Malware',
    width: 'minmax(70px, 0.300fr)',
    from: 940,
    cell: (row) => <Counts counts={row.malware} most={1} none="–" />,
  },
  {
    title: 'Packages',
    width: '70px',
    from: 1100,
    end: true,
    cell: (row) => (row.scan_state === 'never' ? '–' : count(row.packages)),
  },
  { title: 'Seen', width: '82px', from: 820, sort: 'last_seen', cell: (row) => <Time at={row.last_seen} /> },
];

export function Assets() {
  const [params, set] = useParams();
  const kind = params.get('kind') ?? '';
  const query = Object.fromEntries([...filters, 'kind', 'sort'].map((name) => [name, params.get(name)]));
  const pages = usePages<Asset>(
    href('/assets', query),
    ['asset', 'finding', 'content', 'scan', 'mask', 'rules'],
    key,
  );
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const may = useMay('user');
  const { run, busy } = useAction(async () => {
    try {
      await post('/scans', { asset_ids: [...chosen] });
      toast(`${plural(chosen.size, 'scan')} asked for.`, 'good');
      setChosen(new Set());
      changed('/scans', '/jobs');
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  });
  const filtered = filters.some((name) => params.get(name));
  return (
    <div className="page fixed">
      <div className="page-head">
        <h1>Inventory</h1>
        <div className="segmented" role="group" aria-label="Kind">
          {[
            ['', 'All'],
            ['host', 'Hosts'],
            ['container', 'Containers'],
            ['image', 'Images'],
          ].map(([value, text]) => (
            <Link
              key={value}
              href={href('/assets', { ...query, kind: value })}
              aria-current={kind === value ? 'page' : undefined}
            >
              {text}
            </Link>
          ))}
        </div>
        <span className="grow" />
        {may && chosen.size > 0 && (
          <button type="button" className="button primary" disabled={busy} onClick={() => run()}>
            <Icon name="scan" size={14} />
            Scan {plural(chosen.size, 'asset')} now
          </button>
        )}
        <ExportMenu list="assets" params={params} />
      </div>
      <div className="filters">
        <TextFilter
          label="Filter assets"
          placeholder={kind === 'container' ? 'Name, image or pod' : 'Name, image or id'}
        />
        <Select
          label="State"
          value={params.get('state') ?? ''}
          options={[
            ['', 'Any state'],
            ['running', 'Running'],
            ['stopped', 'Stopped'],
            ['gone', 'Gone'],
          ]}
          onChange={(state) => set({ state })}
        />
        <Select
          label="Severity"
          value={params.get('severity') ?? ''}
          options={[
            ['', 'Any severity'],
            ['critical', 'Critical'],
            ['high', 'High or above'],
            ['medium', 'Medium or above'],
          ]}
          onChange={(severity) => set({ severity })}
        />
        <Select
          label="Has"
          value={params.get('has') ?? ''}
          options={[
            ['', 'Whatever it has'],
            ['secret', 'Has open secrets'],
            ['malware', 'Has open malware'],
          ]}
          onChange={(has) => set({ has })}
        />
        {params.get('host') && (
          <span className="badge info">on {pages.items[0]?.host_name ?? 'one host'}</span>
        )}
        <ClearFilters names={filters} />
      </div>
      <DataTable
        label="Assets"
        columns={assetColumns}
        pages={pages}
        rowKey={key}
        unit={['asset', 'assets']}
        sort={params.get('sort') ?? 'score'}
        onSort={(sort) => set({ sort: sort === 'score' ? undefined : sort })}
        onOpen={(row) => navigate(`/assets/${encodeURIComponent(row.id)}`)}
        selection={
          may
            ? {
                chosen,
                toggle: (id) =>
                  setChosen((before) => {
                    const next = new Set(before);
                    if (!next.delete(id)) next.add(id);
                    return next;
                  }),
              }
            : undefined
        }
        empty={
          filtered || kind ? (
            <Empty icon="search" title="No asset like that">
              <p>
                {kind && !filtered
                  ? `No ${kind} has been seen. Sensors report ${kind}s within seconds of their start.`
                  : 'Nothing passes these filters. Take one away.'}
              </p>
            </Empty>
          ) : (
            <Empty icon="server" title="Nothing is watched yet">
              <p>Start a sensor on a host; its containers and images come with it.</p>
              <Link className="button primary" href="/settings/enrolment">
                Get the command for a sensor
              </Link>
            </Empty>
          )
        }
      />
    </div>
  );
}
