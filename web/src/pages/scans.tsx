// Scans of all assets, newest first, and those that run.
import { usePages } from '../api/cache';
import type { Scan } from '../api/types';
import { href, Link, navigate, useParams } from '../lib/router';
import { Empty } from '../ui/basics';
import { DataTable } from '../ui/table';
import { scanColumns, scanKey } from './scan-columns';

const columns = scanColumns({ asset: true });

export function Scans() {
  const [params] = useParams();
  const state = params.get('state') ?? '';
  const pages = usePages<Scan>(href('/scans', { state }), ['scan', 'job'], scanKey);
  return (
    <div className="page fixed">
      <div className="page-head">
        <h1>Scans</h1>
        <div className="segmented" role="group" aria-label="State">
          {[
            ['', 'All'],
            ['running', 'Running'],
            ['done', 'Done'],
            ['failed', 'Failed'],
          ].map(([value, text]) => (
            <Link
              key={value}
              href={href('/scans', { state: value })}
              aria-current={state === value ? 'page' : undefined}
            >
              {text}
            </Link>
          ))}
        </div>
      </div>
      <DataTable
        label="Scans"
        columns={columns}
        pages={pages}
        rowKey={scanKey}
        unit={['scan', 'scans']}
        onOpen={(row) => navigate(`/scans/${encodeURIComponent(row.id)}`)}
        empty={
          <Empty
            icon="scan"
            title={
              state === 'running' ? 'No scan runs now' : state ? `No scan is ${state}` : 'No scan has run yet'
            }
          >
            <p>
              Sensors scan on their start, when something changes, and on schedule. To scan now, choose assets
              in the <Link href="/assets">inventory</Link>.
            </p>
          </Empty>
        }
      />
    </div>
  );
}
