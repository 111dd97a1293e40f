// Sensors that enrolled, and the audit log.
import { useState } from 'react';
import { changed, usePages } from '../api/cache';
import { remove } from '../api/client';
import type { AuditEntry, Sensor } from '../api/types';
import { absolute } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import { useMay } from '../session';
import { Empty, StateBadge, Time } from '../ui/basics';
import { Confirm } from '../ui/dialog';
import { TextFilter } from '../ui/finding-filters';
import { type Column, DataTable } from '../ui/table';

const sensorKey = (row: Sensor) => row.id;

export function Sensors() {
  const admin = useMay('admin');
  const pages = usePages<Sensor>('/sensors', ['sensor'], sensorKey);
  const [revoking, setRevoking] = useState<Sensor | null>(null);
  const columns: Column<Sensor>[] = [
    {
      title: 'Host',
      width: 'minmax(150px, 1.400fr)',
      cell: (row) =>
        row.host_id ? (
          <Link href={`/assets/${encodeURIComponent(row.host_id)}`}>{row.host_name}</Link>
        ) : (
          row.host_name
        ),
    },
    { title: 'State', width: '84px', cell: (row) => <StateBadge state={row.state} /> },
    { title: 'Last seen', width: '90px', from: 520, cell: (row) => <Time at={row.last_seen} /> },
    { title: 'Version', width: '84px', from: 700, cell: (row) => row.version },
    { title: 'From', width: 'minmax(100px, 0.700fr)', from: 820, cell: (row) => row.address },
    { title: 'Enrolled', width: '90px', from: 900, cell: (row) => <Time at={row.enrolled_at} /> },
    {
      title: 'Certificate ends',
      width: '112px',
      from: 980,
      cell: (row) => <Time at={row.certificate_expires_at} />,
    },
    ...(admin
      ? [
          {
            title: 'Action',
            width: '84px',
            from: 600,
            cell: (row: Sensor) =>
              row.revoked ? null : (
                <button
                  type="button"
                  className="button danger"
                  style={{ minHeight: 26 }}
                  onClick={() => setRevoking(row)}
                >
                  Revoke
                </button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      <DataTable
        label="Sensors"
        columns={columns}
        pages={pages}
        rowKey={sensorKey}
        unit={['sensor', 'sensors']}
        empty={
          <Empty icon="server" title="No sensor has enrolled">
            <p>A sensor on a host reports what runs there, and what is weak in it.</p>
            <Link className="button primary" href="/settings/enrolment">
              Get the command for a sensor
            </Link>
          </Empty>
        }
      />
      {revoking && (
        <Confirm
          title={`Revoke the sensor of ${revoking.host_name}?`}
          verb="Revoke"
          onClose={() => setRevoking(null)}
          action={async () => {
            await remove(`/sensors/${encodeURIComponent(revoking.id)}`);
            changed('/sensors');
          }}
        >
          <p>
            Its certificate is refused from now on. The host stays in the inventory; to watch it again, it
            must enrol anew.
          </p>
        </Confirm>
      )}
    </>
  );
}

const auditKey = (row: AuditEntry) => row.id;
const auditColumns: Column<AuditEntry>[] = [
  { title: 'When', width: '150px', cell: (row) => <span title={absolute(row.at)}>{absolute(row.at)}</span> },
  {
    title: 'Who',
    width: 'minmax(90px, 0.600fr)',
    cell: (row) => (
      <>
        <b>{row.actor}</b> <span className="muted">{row.actor_kind === 'user' ? '' : row.actor_kind}</span>
      </>
    ),
  },
  { title: 'What', width: 'minmax(120px, 0.800fr)', cell: (row) => row.action },
  {
    title: 'On',
    width: 'minmax(90px, 1fr)',
    from: 640,
    cell: (row) => <span title={row.target}>{row.target || <span className="muted">–</span>}</span>,
  },
  { title: 'Outcome', width: '82px', from: 520, cell: (row) => <StateBadge state={row.outcome} /> },
  { title: 'From', width: '120px', from: 800, cell: (row) => row.address },
  {
    title: 'Detail',
    width: 'minmax(90px, 1fr)',
    from: 940,
    cell: (row) => <span title={row.detail}>{row.detail}</span>,
  },
];

export function Audit() {
  const [params] = useParams();
  const pages = usePages<AuditEntry>(href('/audit', { q: params.get('q') }), [], auditKey);
  return (
    <>
      <div className="filters">
        <TextFilter label="Filter the audit log" placeholder="Who, what or on what" />
      </div>
      <DataTable
        label="Audit log"
        columns={auditColumns}
        pages={pages}
        rowKey={auditKey}
        unit={['entry', 'entries']}
        empty={<Empty icon="clock" title="No entry like that" />}
      />
    </>
  );
}
