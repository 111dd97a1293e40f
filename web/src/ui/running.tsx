// What happens now, on every page: scans that run, and news of findings as they come.
import { useState } from 'react';
import { useLive, usePages } from '../api/cache';
import type { Job, Scan, WeirEvent } from '../api/types';
import { kindCount, kindPath } from '../lib/content';
import { count, plural } from '../lib/format';
import { href, Link } from '../lib/router';
import { Progress } from './basics';
import { toast } from './dialog';

const key = (row: { id: string }) => row.id;
const waiting: Record<string, string> = { queued: 'waiting for the sensor', sent: 'asked for', running: '' };

/** A line below the top bar while scans run or were asked for; how far they are comes with the events. */
export function RunningScans() {
  const running = usePages<Scan>('/scans?state=running', ['scan', 'job'], key);
  const jobs = usePages<Job>('/jobs', ['job'], key);
  const [progress, setProgress] = useState<
    Record<string, { fraction?: number; files?: number; phase?: string }>
  >({});
  useLive(['scan'], (event) => {
    const data = event.data as WeirEvent | null;
    if (!data?.asset_id) return;
    const { asset_id: asset, fraction, files, phase, state } = data;
    setProgress(({ [asset]: _, ...rest }) =>
      state === 'running' ? { ...rest, [asset]: { fraction, files, phase } } : rest,
    );
  });
  const shown = new Map(running.items.map((scan) => [scan.asset_id, { name: scan.asset_name, note: '' }]));
  for (const job of jobs.items) {
    if (job.kind === 'scan' && job.asset_id && job.state in waiting && !shown.has(job.asset_id))
      shown.set(job.asset_id, { name: job.asset_name, note: waiting[job.state] });
  }
  if (shown.size === 0) return null;
  const more = Math.max(running.total ?? 0, shown.size) - 3;
  return (
    <div className="running" role="status" aria-label="Running scans">
      {[...shown].slice(0, 3).map(([asset, { name, note }]) => {
        const { fraction, files, phase } = progress[asset] ?? {};
        return (
          <span key={asset} className="one">
            <Link href={`/assets/${encodeURIComponent(asset)}`} className="clip">
              Scanning {name}
            </Link>
            <Progress fraction={fraction} label={`Scan of ${name}`} />
            <span className="muted nowrap">{files ? `${count(files)} files` : phase || note}</span>
          </span>
        );
      })}
      {more > 0 && (
        <Link href={href('/scans', { state: 'running' })} className="nowrap">
          and {plural(more, 'more scan')}
        </Link>
      )}
    </div>
  );
}

/** New findings are told once, wherever one is; a flood is told as a number. */
export function LiveNews() {
  const [last, setLast] = useState(0);
  useLive(['finding', 'content', 'advisory'], (event) => {
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
    if (data.type === 'content') {
      if (!data.new || (data.severity !== 'critical' && data.severity !== 'high')) return;
      if (Date.now() - last < 8000) return;
      setLast(Date.now());
      const kind = data.content_kind ?? 'secret';
      toast(
        <>
          {kindCount(kind, data.new)} found{data.asset_name ? ` on ${data.asset_name}` : ''}:{' '}
          <Link href={href(kindPath[kind], { sort: 'first_seen', open: data.ids?.[0] })}>{data.title}</Link> (
          {data.severity}).
        </>,
        'warn',
      );
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
