import { describe, expect, it } from 'vitest';
import type { ContentPlace, ContentScan } from '../api/types';
import {
  joinByScore,
  kindCount,
  lookedAt,
  nothingFound,
  placeNotes,
  placeText,
  readableByAll,
  remedy,
  scanGaps,
  shortId,
  skippedFiles,
} from './content';

const place = (change: Partial<ContentPlace> = {}): ContentPlace => ({
  path: 'srv/app/.env',
  layer: '',
  origin: 'file',
  line: 0,
  column: 0,
  offset: 0,
  decoded: '',
  removed_in: '',
  commit: '',
  commit_time: '',
  pid: null,
  process: '',
  package: '',
  package_name: '',
  unmodified: false,
  modified: false,
  added: false,
  mode: '',
  owner: 0,
  ...change,
});
const texts = (change: Partial<ContentPlace>) => placeNotes(place(change)).map((note) => note.text);

describe('placeText', () => {
  it.each([
    [{ line: 12 }, 'srv/app/.env, line 12'],
    [{}, 'srv/app/.env'],
    [{ path: 'a.tar.gz!etc/app.env', line: 3 }, 'a.tar.gz!etc/app.env, line 3'],
    [{ origin: 'image-config', path: 'image-config:Env[3]' }, 'image config, Env[3]'],
    [
      { origin: 'environment', path: 'proc/8/environ', pid: 8, process: 'nginx' },
      'environment of nginx (pid 8)',
    ],
    [{ origin: 'command-line', pid: 8 }, 'command line of pid 8'],
  ] as [Partial<ContentPlace>, string][])('%j', (change, text) =>
    expect(placeText(place(change))).toBe(text),
  );
});

describe('placeNotes', () => {
  it('says that a removed file is still there', () => {
    const notes = placeNotes(
      place({
        origin: 'removed-file',
        layer: `sha256:${'a'.repeat(64)}`,
        removed_in: `sha256:${'b'.repeat(64)}`,
      }),
    );
    expect(notes[0]).toEqual({
      text: 'removed or replaced by layer sha256:bbbbbbbbbbbb, but still in the image',
      tone: 'warn',
    });
    expect(notes[1].text).toBe('in layer sha256:aaaaaaaaaaaa');
  });
  it('knows package, commit, encoding and what is new', () => {
    expect(texts({ package: '1f', package_name: 'openssl', unmodified: true })).toEqual([
      'as the package openssl brought it',
    ]);
    expect(placeNotes(place({ package: '1f', package_name: 'openssl', modified: true }))).toEqual([
      { text: 'of the package openssl, but not as it brought it', tone: 'warn' },
    ]);
    expect(texts({ package: '1f', package_name: 'openssl' })).toEqual(['installed by the package openssl']);
    expect(texts({ commit: 'c'.repeat(40), commit_time: '2026-01-02T03:04:05Z' })).toEqual([
      'first in commit cccccccccccc of 2026-01-02',
    ]);
    expect(texts({ added: true, decoded: 'base64' })).toEqual([
      'written since the container was started',
      'encoded as base64',
    ]);
  });
  it('gives a byte only where there is no line', () => {
    expect(texts({ offset: 1234 })).toEqual(['at byte 1,234']);
    expect(texts({ offset: 1234, line: 2 })).toEqual([]);
  });
  it('warns of files that everybody may read', () => {
    expect(placeNotes(place({ mode: '0644', owner: 33 }))).toEqual([
      { text: 'mode 0644, owner 33: every user may read it', tone: 'warn' },
    ]);
    expect(placeNotes(place({ mode: '0755' }), 'malware')).toEqual([
      { text: 'mode 0755, owner 0', tone: '' },
    ]);
    expect(readableByAll(place({ mode: '0640' }))).toBe(false);
    expect(readableByAll(place({ mode: '' }))).toBe(false);
  });
});

describe('remedy', () => {
  const secret = {
    kind: 'secret',
    confidence: 'high',
    validation: 'not-tried',
    asset_kind: 'image',
  } as const;
  it('never says that removing the file is enough', () => {
    const steps = remedy({ ...secret, place: place({ origin: 'removed-file' }) });
    expect(steps[0]).toContain('revoke it');
    expect(steps[1]).toContain('A later layer only hides the file');
  });
  it('is urgent where the issuer says that it works', () => {
    expect(remedy({ ...secret, validation: 'valid', place: place() })[0]).toContain('Revoke it there now');
  });
  it('doubts malware that a package brought', () => {
    const steps = remedy({
      ...secret,
      kind: 'malware',
      place: place({ unmodified: true, package_name: 'nmap' }),
    });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toContain('nmap brought it');
  });
  it('knows that what was written into a container is not of its image', () => {
    const steps = remedy({
      ...secret,
      kind: 'malware',
      asset_kind: 'container',
      place: place({ added: true }),
    });
    expect(steps.join(' ')).toContain('since the container was started');
  });
});

const scan = (change: Partial<ContentScan> = {}): ContentScan => ({
  kind: 'secret',
  rules_digest: '',
  rules: 214,
  files: 7312,
  bytes: 412_000_000,
  unchanged: 0,
  skipped: [],
  set_aside: [],
  dropped_findings: 0,
  ...change,
});

describe('what was looked at', () => {
  it('is said in files, bytes and rules', () => {
    expect(lookedAt(scan())).toBe('7,312 files (412 MB) with 214 rules');
    expect(nothingFound([scan()], 'secret')).toBe('No secrets in 7,312 files (412 MB) with 214 rules.');
  });
  it('is not nothing where nothing was looked for', () => {
    expect(nothingFound([scan()], 'malware')).toBe('Malware was not looked for.');
    expect(nothingFound([], 'secret')).toBe('Secrets were not looked for.');
    expect(nothingFound([scan({ rules: 0 })], 'secret')).toBe(
      'Secrets were not looked for: no rule was in use.',
    );
  });
  it('names what was missed', () => {
    const gaps = scanGaps(
      scan({
        skipped: [{ reason: 'larger than 64 MiB', count: 1 }],
        set_aside: ['wide: takes 40 times the median'],
        dropped_findings: 12,
      }),
    );
    expect(gaps).toEqual([
      '1 file was not looked at.',
      '1 rule was set aside.',
      'There are 12 more findings than are kept.',
    ]);
    expect(scanGaps(scan({ rules: 0 }))).toEqual(['No rule was in use.']);
  });
  it('does not count what was left out on purpose as missed', () => {
    const left = scan({
      skipped: [
        { reason: 'as its package brought it', count: 6000 },
        { reason: 'could not be read', count: 2 },
      ],
    });
    expect(scanGaps(left)).toEqual(['2 files were not looked at.']);
    expect(skippedFiles(left)).toMatchObject({ missedFiles: 2, purposelyFiles: 6000 });
  });
});

describe('joinByScore', () => {
  it('puts lists into one order, the same secret once', () => {
    const rows = joinByScore<{ id: string; score: number; fingerprint?: string }>(
      [
        [
          { id: 'CVE-1', score: 90 },
          { id: 'CVE-2', score: 40 },
        ],
        [
          { id: 's1', score: 95, fingerprint: 'f' },
          { id: 's2', score: 80, fingerprint: 'f' },
          { id: 'm1', score: 50, fingerprint: 'g' },
        ],
      ],
      4,
    );
    expect(rows.map((row) => row.id)).toEqual(['s1', 'CVE-1', 'm1', 'CVE-2']);
  });
});

it('counts in words', () => {
  expect(kindCount('secret', 1)).toBe('1 secret');
  expect(kindCount('malware', 1200)).toBe('1,200 pieces of malware');
  expect(shortId(`sha256:${'0'.repeat(64)}`)).toBe('sha256:000000000000');
  expect(shortId('abc')).toBe('abc');
});
