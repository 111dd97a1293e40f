// What happens now, on every page: scans that run, and news of findings as they come.
import { useState } from 'react';
import { useLive, usePages } from '../api/cache';
import type { Scan, WeirEvent } from '../api/types';
import { count, plural } from '../lib/format';
import { href, Link } from '../lib/router';
import { Progress } from './basics';
import { toast } from './dialog';

const scanKey = (scan: Scan) => scan.id;

/** A line below the top bar while scans run; done and total come with the events. */
export function RunningScans() {
  const running = usePages<Scan>('/scans?state=running', ['job'], scanKey);
  const [progress, setProgress] = useState<
    Record<string, { fraction?: number; files?: number; phase?: string }>
  >({});
  useLive(['scan'], (event) => {
    const data = event.data as WeirEvent | null;
    if (!data?.scan_id) return;
    const { scan_id: id, fraction, files, phase, state } = data;
    if (state === 'running' && running.items.some((scan) => scan.id === id))
      setProgress((before) => ({ ...before, [id]: { fraction, files, phase } }));
    else {
      setProgress(({ [id]: _, ...rest }) => rest);
      running.reload();
    }
  });
  if (running.items.length === 0) return null;
  const first = running.items.slice(0, 3);
  return (
    <div className="running" role="status" aria-label="Running scans">
      {first.map((scan) => (
        <span key={scan.id} className="one">
          <Link href={`/assets/${encodeURIComponent(scan.asset_id)}`} className="clip">
            Scanning {scan.asset_name}
          </Link>
          <Progress fraction={progress[scan.id]?.fraction} label={`Scan of ${scan.asset_name}`} />
          {progress[scan.id]?.files ? (
            <span className="muted nowrap">{count(progress[scan.id].files)} files</span>
          ) : (
            progress[scan.id]?.phase && <span className="muted">{progress[scan.id].phase}</span>
          )}
        </span>
      ))}
      {(running.total ?? 0) > first.length && (
        <Link href={href('/scans', { state: 'running' })}>
          and {plural((running.total ?? 0) - first.length, 'more scan')}
        </Link>
      )}
    </div>
  );
}

/** New findings are told once, wherever one is; a flood is told as a number. */
export function LiveNews() {
  const [last, setLast] = useState(0);
  useLive(['finding', 'advisory'], (event) => {
    const data = event.data as WeirEvent | null;
    if (!data || document.hidden) return;
    if (data.type === 'advisory' && data.what === 'import' && data.new_findings) {
      toast(
        <>
          An advisory was imported:{' '}
          <Link href={href('/findings', { sort: 'first_seen' })}>
            {plural(data.new_findings, 'new finding')}
          </Link>
          .
        </>,
        'warn',
      );
      setLast(Date.now());
      return;
    }
    if (data.type !== 'finding' || !data.new || (data.severity !== 'critical' && data.severity !== 'high'))
      return;
    if (Date.now() - last < 8000) return;
    setLast(Date.now());
    toast(
      <>
        {plural(data.new, 'new finding')}
        {data.asset_name ? ` on ${data.asset_name}` : ''}, worst:{' '}
        <Link href={href('/findings', { vulnerability: data.vulnerability, sort: 'first_seen' })}>
          {data.vulnerability}
        </Link>{' '}
        ({data.severity}).
      </>,
      'warn',
    );
  });
  return null;
}
