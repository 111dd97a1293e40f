// What was accepted: by whom, why, where and until when.
import { useState } from 'react';
import { usePages } from '../api/cache';
import { remove } from '../api/client';
import type { Mask } from '../api/types';
import { kindPath } from '../lib/content';
import { count } from '../lib/format';
import { href, Link } from '../lib/router';
import { useMay } from '../session';
import { Empty, Time } from '../ui/basics';
import { ContentIcon } from '../ui/content-badges';
import { Confirm } from '../ui/dialog';
import { masksChanged } from '../ui/mask-dialog';
import { type Column, DataTable } from '../ui/table';

const key = (row: Mask) => row.id;

function where(mask: Mask): string {
  if (mask.scope === 'everywhere') return 'everywhere';
  if (mask.scope === 'image') return `image ${mask.image}`;
  return mask.asset_name || 'one asset';
}

const nameOf = (mask: Mask) =>
  mask.kind === 'vulnerability'
    ? mask.vulnerability
    : mask.title || mask.rule || mask.fingerprint.slice(0, 12);
function findingsOf(mask: Mask): string {
  const status = mask.expired ? undefined : 'masked';
  return mask.kind === 'vulnerability'
    ? href('/findings', { vulnerability: mask.vulnerability, status })
    : href(kindPath[mask.kind], { fingerprint: mask.fingerprint, status });
}

export function Masks() {
  const pages = usePages<Mask>('/masks', ['mask', 'finding', 'content'], key);
  const [lifting, setLifting] = useState<Mask | null>(null);
  const may = useMay('user');
  const columns: Column<Mask>[] = [
    {
      title: 'What',
      width: 'minmax(130px, 0.800fr)',
      cell: (row) => (
        <span className="row tight" style={{ flexWrap: 'nowrap' }}>
          {row.kind !== 'vulnerability' && <ContentIcon kind={row.kind} />}
          <Link className="clip" title={nameOf(row)} href={findingsOf(row)}>
            {nameOf(row)}
          </Link>
        </span>
      ),
    },
    {
      title: 'Package',
      width: 'minmax(90px, 0.700fr)',
      from: 560,
      cell: (row) =>
        row.package || <span className="muted">{row.kind === 'vulnerability' ? 'any' : '–'}</span>,
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
          Weaknesses, secrets and malware that somebody accepted. They stay out of the list of what to fix,
          survive rescans, and come back when their mask ends.
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
              To accept something for a while, open it under <Link href="/findings">Findings</Link>,{' '}
              <Link href="/secrets">Secrets</Link> or <Link href="/malware">Malware</Link> and choose “Mask”.
              You give the reason and when it ends.
            </p>
          </Empty>
        }
      />
      {lifting && (
        <Confirm
          title={`Lift the mask of ${nameOf(lifting)}?`}
          verb="Lift"
          onClose={() => setLifting(null)}
          action={async () => {
            await remove(`/masks/${encodeURIComponent(lifting.id)}`);
            masksChanged();
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
