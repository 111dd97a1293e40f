import type { Scan } from '../api/types';
import { count, duration } from '../lib/format';
import { AssetLink, Counts, Progress, StateBadge, Time } from '../ui/basics';
import type { Column } from '../ui/table';

export const scanKey = (row: Scan) => row.id;

function Found({ state, value }: { state: Scan['state']; value: number }) {
  if (state === 'done' && value) return <b>{count(value)}</b>;
  // A list does not know whether it was looked for; the scan's own page does.
  return (
    <span className="muted" title="None found, or not looked for: open the scan">
      –
    </span>
  );
}

export function scanColumns(options: { asset: boolean }): Column<Scan>[] {
  return [
    ...(options.asset
      ? [
          {
            title: 'Asset',
            width: 'minmax(140px, 1.400fr)',
            cell: (row: Scan) => <AssetLink id={row.asset_id} name={row.asset_name} kind={row.asset_kind} />,
          },
        ]
      : []),
    {
      title: 'State',
      width: '84px',
      cell: (row) =>
        row.state === 'running' ? <Progress label="Scan runs" /> : <StateBadge state={row.state} />,
    },
    { title: 'Started', width: '92px', cell: (row) => <Time at={row.started_at} /> },
    { title: 'Why', width: '84px', from: 620, cell: (row) => row.reason },
    {
      title: 'Took',
      width: '80px',
      from: 1180,
      end: true,
      cell: (row) => (row.duration_ms === null ? '–' : duration(row.duration_ms / 1000)),
    },
    {
      title: 'Packages',
      width: '76px',
      from: 720,
      end: true,
      cell: (row) => (row.state === 'done' ? count(row.packages) : '–'),
    },
    {
      title: 'Weaknesses',
      width: 'minmax(150px, 1fr)',
      from: 560,
      cell: (row) =>
        row.state === 'failed' ? (
          <span title={row.error}>{row.error}</span>
        ) : row.state === 'running' ? (
          <span className="muted">–</span>
        ) : (
          <Counts counts={row.findings} most={3} />
        ),
    },
    {
      title: 'Secrets',
      width: '64px',
      from: 600,
      end: true,
      cell: (row) => <Found state={row.state} value={row.secrets} />,
    },
    {
      title: 'Malware',
      width: '64px',
      from: 640,
      end: true,
      cell: (row) => <Found state={row.state} value={row.malware} />,
    },
    {
      title: 'New',
      width: '56px',
      from: 660,
      end: true,
      cell: (row) => (row.new ? <b>+{count(row.new)}</b> : <span className="muted">0</span>),
    },
    {
      title: 'Resolved',
      width: '70px',
      from: 1120,
      end: true,
      cell: (row) => (row.resolved ? `−${count(row.resolved)}` : <span className="muted">0</span>),
    },
    {
      title: 'Unread',
      width: '62px',
      from: 940,
      end: true,
      cell: (row) =>
        row.problems ? (
          <span className="badge warn">{count(row.problems)}</span>
        ) : (
          <span className="muted">0</span>
        ),
    },
  ];
}
