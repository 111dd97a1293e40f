// What was accepted: by whom, why, where and until when.
import { useState } from 'react';
import { changed, usePages } from '../api/cache';
import { remove } from '../api/client';
import type { Mask } from '../api/types';
import { count } from '../lib/format';
import { href, Link } from '../lib/router';
import { useMay } from '../session';
import { Empty, Time } from '../ui/basics';
import { Confirm } from '../ui/dialog';
import { type Column, DataTable } from '../ui/table';

const key = (row: Mask) => row.id;

function where(mask: Mask): string {
  if (mask.scope === 'everywhere') return 'everywhere';
  if (mask.scope === 'image') return `image ${mask.image}`;
  return mask.asset_name || 'one asset';
}

export function Masks() {
  const pages = usePages<Mask>('/masks', ['mask', 'finding'], key);
  const [lifting, setLifting] = useState<Mask | null>(null);
  const may = useMay('user');
  const columns: Column<Mask>[] = [
    {
      title: 'Vulnerability',
      width: 'minmax(130px, 160px)',
      cell: (row) => (
        <Link
          href={href('/findings', {
            vulnerability: row.vulnerability,
            status: row.expired ? undefined : 'masked',
          })}
        >
          {row.vulnerability}
        </Link>
      ),
    },
    {
      title: 'Package',
      width: 'minmax(90px, 0.700fr)',
      from: 560,
      cell: (row) => row.package || <span className="muted">any</span>,
    },
    {
      title: 'Where',
      width: 'minmax(100px, 1fr)',
      from: 480,
      cell: (row) => <span title={where(row)}>{where(row)}</span>,
    },
    {
      title: 'Reason',
      width: 'minmax(140px, 1.600fr)',
      cell: (row) => <span title={row.reason}>{row.reason}</span>,
    },
    { title: 'By', width: '90px', from: 800, cell: (row) => row.created_by },
    { title: 'Since', width: '86px', from: 900, cell: (row) => <Time at={row.created_at} /> },
    {
      title: 'Ends',
      width: '92px',
      from: 640,
      cell: (row) =>
        row.expired ? <span className="badge">expired</span> : <Time at={row.expires_at} none="never" />,
    },
    { title: 'Masks', width: '64px', from: 560, end: true, cell: (row) => count(row.findings) },
    {
      title: 'Action',
      width: '72px',
      cell: (row) =>
        may ? (
          <button type="button" className="button" style={{ minHeight: 26 }} onClick={() => setLifting(row)}>
            Lift
          </button>
        ) : null,
    },
  ];
  return (
    <div className="page fixed">
      <div className="page-head">
        <h1>Masks</h1>
        <p className="lead">
          Weaknesses that somebody accepted. They stay out of the list of what to fix, survive rescans, and
          come back when their mask ends.
        </p>
      </div>
      <DataTable
        label="Masks"
        columns={columns}
        pages={pages}
        rowKey={key}
        unit={['mask', 'masks']}
        empty={
          <Empty icon="mask" title="Nothing is masked">
            <p>
              To accept a weakness for a while, open it under <Link href="/findings">Findings</Link> and
              choose “Mask”. You give the reason and when it ends.
            </p>
          </Empty>
        }
      />
      {lifting && (
        <Confirm
          title={`Lift the mask of ${lifting.vulnerability}?`}
          verb="Lift"
          onClose={() => setLifting(null)}
          action={async () => {
            await remove(`/masks/${encodeURIComponent(lifting.id)}`);
            changed('/masks', '/findings', '/vulnerabilities', '/overview');
          }}
        >
          <p>
            {count(lifting.findings)} findings are open again at once. The reason was: “{lifting.reason}”.
          </p>
        </Confirm>
      )}
    </div>
  );
}
