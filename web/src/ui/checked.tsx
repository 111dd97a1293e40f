// What was looked at, and what nobody could check: an empty list is believed only beside this.
import { type ReactNode, useState } from 'react';
import type { AssetDetail, ContentKind, ContentScan, Coverage, ScanProblem } from '../api/types';
import {
  kinds,
  kindTitle,
  kindWord,
  lookedAt,
  nothingFound,
  scanGaps,
  scanOf,
  skippedFiles,
  wasLookedFor,
} from '../lib/content';
import { count, plural } from '../lib/format';
import { href, Link } from '../lib/router';
import { Empty, Notice } from './basics';

/** What must be known before an empty list of findings is believed. */
export function Unchecked({ asset }: { asset: AssetDetail }) {
  const gaps: ReactNode[] = [];
  const unknown = asset.coverage.filter((row) => row.sources.length === 0);
  const starter = asset.coverage.filter((row) => row.starter_only);
  const sum = (rows: Coverage[]) => rows.reduce((total, row) => total + row.packages, 0);
  if (asset.scan_state === 'never') gaps.push('It was never scanned, so nothing is known of what is in it.');
  if (asset.last_scan_error)
    gaps.push(<>The last scan failed: {asset.last_scan_error}. What is shown is from before.</>);
  if (unknown.length > 0)
    gaps.push(
      `No advisories for ${unknown.map((row) => row.ecosystem).join(', ')}: ${plural(sum(unknown), 'package')} were not checked.`,
    );
  if (starter.length > 0)
    gaps.push(
      `Only the small built-in set knows ${starter.map((row) => row.ecosystem).join(', ')}: ${plural(sum(starter), 'package')} were barely checked.`,
    );
  if (asset.problems.length > 0)
    gaps.push(
      `${plural(
        asset.problems.reduce((total, row) => total + row.count, 0),
        'thing',
      )} could not be read.`,
    );
  if (asset.sensor && asset.sensor.state !== 'online')
    gaps.push(`Its sensor is ${asset.sensor.state}: what is shown may be old.`);
  for (const kind of kinds) {
    const scan = scanOf(asset.content_scans, kind);
    if (!scan && asset.scan_state !== 'never') gaps.push(`${kindTitle[kind]}: not looked for.`);
    const missed = scan ? scanGaps(scan) : [];
    if (missed.length > 0) gaps.push(`${kindTitle[kind]}: ${missed.join(' ')}`);
  }
  if (gaps.length === 0) return null;
  return (
    <Notice tone="warn">
      <b>Not everything was checked.</b>
      <ul>
        {gaps.map((gap, i) => (
          <li key={i}>{gap}</li>
        ))}
      </ul>
    </Notice>
  );
}

export function NoFindings({ asset }: { asset: AssetDetail }) {
  if (asset.scan_state === 'never')
    return (
      <Empty icon="scan" title="Never scanned">
        <p>Nothing is known of what is in it yet.</p>
      </Empty>
    );
  const gaps =
    asset.coverage.some((row) => row.sources.length === 0 || row.starter_only) ||
    asset.problems.length > 0 ||
    asset.last_scan_error !== '' ||
    asset.coverage.length === 0;
  return gaps ? (
    <Empty icon="alert" title="No open findings so far">
      <p>Not everything could be checked: see below.</p>
    </Empty>
  ) : (
    <Empty icon="check" title="No open findings">
      <p>All {count(asset.packages)} packages were checked against current advisories.</p>
    </Empty>
  );
}

/** In place of an empty list of secrets or malware. */
export function NoContent({ asset, kind }: { asset: AssetDetail; kind: ContentKind }) {
  const scan = scanOf(asset.content_scans, kind);
  if (asset.scan_state === 'never')
    return (
      <Empty icon="scan" title="Never scanned">
        <p>Nothing is known of what is in it yet.</p>
      </Empty>
    );
  const looked = wasLookedFor(asset.content_scans, kind);
  const clean = scan !== undefined && scanGaps(scan).length === 0 && asset.last_scan_error === '';
  return (
    <Empty
      icon={clean ? 'check' : 'alert'}
      title={looked ? `No ${kindWord[kind]} found` : `${kindTitle[kind]}: not looked for`}
    >
      <p>{nothingFound(asset.content_scans, kind)}</p>
      {!scan && (
        <p>The last scan was told not to look, or its sensor is too old to. So nothing can be said here.</p>
      )}
      <Link href={href(`/assets/${encodeURIComponent(asset.id)}`)}>What was looked at</Link>
    </Empty>
  );
}

/** What a scan looked for and at; what it left out, with the reasons. */
export function ContentScans({ scans, scanned }: { scans: ContentScan[]; scanned: boolean }) {
  if (!scanned) return <p className="muted">It was never scanned.</p>;
  return (
    <div className="stack">
      {kinds.map((kind) => {
        const scan = scanOf(scans, kind);
        return (
          <section key={kind} className="stack tight">
            <h3>{kindTitle[kind]}</h3>
            {scan ? (
              <OneScan scan={scan} />
            ) : (
              <p>
                <span className="badge bad">not looked for</span>
              </p>
            )}
          </section>
        );
      })}
    </div>
  );
}

function OneScan({ scan }: { scan: ContentScan }) {
  const { missed, purposely, missedFiles, purposelyFiles } = skippedFiles(scan);
  return (
    <>
      <p>
        {lookedAt(scan)}
        {scan.unchanged > 0 && (
          <span className="muted">, {count(scan.unchanged)} of them unchanged since the scan before</span>
        )}
      </p>
      {scan.rules === 0 && (
        <p>
          <span className="badge bad">no rule was in use</span>
        </p>
      )}
      {scan.dropped_findings > 0 && (
        <Notice tone="warn">
          There are {count(scan.dropped_findings)} more findings than are kept. Mask or fix some of those that
          are.
        </Notice>
      )}
      {missedFiles > 0 && (
        <Skipped rows={missed} tone="warn">
          <b>{count(missedFiles)}</b> {missedFiles === 1 ? 'file' : 'files'} not looked at
        </Skipped>
      )}
      {purposelyFiles > 0 && (
        <Skipped rows={purposely}>
          {count(purposelyFiles)} {purposelyFiles === 1 ? 'file' : 'files'} left out on purpose
        </Skipped>
      )}
      {scan.set_aside.length > 0 && (
        <details>
          <summary className="text-warn">
            <b>{count(scan.set_aside.length)}</b> {scan.set_aside.length === 1 ? 'rule' : 'rules'} set aside
          </summary>
          <ul className="small">
            {scan.set_aside.map((row) => (
              <li key={row} className="break">
                {row}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Skipped({
  rows,
  tone,
  children,
}: {
  rows: ContentScan['skipped'];
  tone?: 'warn';
  children: ReactNode;
}) {
  return (
    <details>
      <summary className={tone ? `text-${tone}` : 'muted'}>{children}</summary>
      <ul className="small">
        {rows.map((row) => (
          <li key={row.reason}>
            {count(row.count)} {row.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

export function CoverageTable({ rows }: { rows: Coverage[] }) {
  if (rows.length === 0) return <p className="muted">No packages were found, so nothing was checked.</p>;
  return (
    <div className="scroll-x">
      <table className="simple">
        <thead>
          <tr>
            <th>Ecosystem</th>
            <th className="end">Packages</th>
            <th>Checked against</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.ecosystem}>
              <td>{row.ecosystem}</td>
              <td className="end">{count(row.packages)}</td>
              <td>
                {row.sources.length === 0 ? (
                  <span className="badge bad">nothing: not checked</span>
                ) : row.starter_only ? (
                  <span className="badge warn">built-in set only: barely checked</span>
                ) : (
                  row.sources.join(', ')
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const kProblems = 12;

export function ProblemTable({ rows, scanned }: { rows: ScanProblem[]; scanned: boolean }) {
  const [all, setAll] = useState(false);
  if (rows.length === 0)
    return <p className="muted">{scanned ? 'Everything could be read.' : 'It was never scanned.'}</p>;
  return (
    <div className="scroll-x">
      <table className="simple">
        <tbody>
          {(all ? rows : rows.slice(0, kProblems)).map((row) => (
            <tr key={row.path + row.message}>
              <td className="mono small break">{row.path || '–'}</td>
              <td>
                {row.message}
                {row.count > 1 && <span className="muted"> ({count(row.count)} times)</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!all && rows.length > kProblems && (
        <button type="button" className="button" style={{ marginTop: 8 }} onClick={() => setAll(true)}>
          All {count(rows.length)}
        </button>
      )}
    </div>
  );
}
