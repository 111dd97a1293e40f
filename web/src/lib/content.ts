// What the page says of secrets and malware: where one lies, what to do about it, what was looked at. Pure.
import type { ContentFinding, ContentKind, ContentOrigin, ContentPlace, ContentScan } from '../api/types';
import { bytes, count, plural } from './format';
import { href } from './router';

export const kinds: ContentKind[] = ['secret', 'malware'];
export const kindPath: Record<ContentKind, string> = { secret: '/secrets', malware: '/malware' };
export const kindTitle: Record<ContentKind, string> = { secret: 'Secrets', malware: 'Malware' };
/** "secrets", "malware": in the middle of a sentence. */
export const kindWord: Record<ContentKind, string> = { secret: 'secrets', malware: 'malware' };
export const unitOf: Record<ContentKind, [string, string]> = {
  secret: ['secret', 'secrets'],
  malware: ['piece of malware', 'pieces of malware'],
};
/** "1 secret", "2 pieces of malware". */
export const kindCount = (kind: ContentKind, n: number) => plural(n, ...unitOf[kind]);

/** The rule, opened in the browser of rules. */
export const ruleHref = (kind: ContentKind, id: string) => href('/rules', { kind, open: `${kind}:${id}` });

export const originWords: Record<ContentOrigin, string> = {
  file: 'file',
  'removed-file': 'removed file',
  'image-config': 'image config',
  environment: 'environment',
  'command-line': 'command line',
  commit: 'commit',
  memory: 'memory',
};

/** "sha256:0123456789ab…" of a layer, "0123456789ab" of a commit. */
export function shortId(id: string): string {
  const cut = id.startsWith('sha256:') ? 19 : 12;
  return id.length > cut ? id.slice(0, cut) : id;
}

const processOf = (place: ContentPlace) =>
  place.process ? `${place.process}${place.pid ? ` (pid ${place.pid})` : ''}` : `pid ${place.pid ?? '?'}`;

/** Where it lies, in one line: "srv/app/.env, line 12", "environment of nginx (pid 812)". */
export function placeText(place: ContentPlace): string {
  switch (place.origin) {
    case 'environment':
      return `environment of ${processOf(place)}`;
    case 'command-line':
      return `command line of ${processOf(place)}`;
    case 'memory':
      return `memory of ${processOf(place)}`;
    case 'image-config':
      return `image config, ${place.path.replace(/^image-config:/, '')}`;
    default:
      return place.line > 0 ? `${place.path}, line ${count(place.line)}` : place.path;
  }
}

/** The same without what "found in" says. */
export function placeShort(place: ContentPlace): string {
  switch (place.origin) {
    case 'environment':
    case 'command-line':
    case 'memory':
      return processOf(place);
    case 'image-config':
      return place.path.replace(/^image-config:/, '');
    default:
      return placeText(place);
  }
}

/** Whether users of the host other than owner and group may read the file. */
export function readableByAll(place: ContentPlace): boolean {
  return place.mode !== '' && (Number.parseInt(place.mode, 8) & 0o004) !== 0;
}

export interface PlaceNote {
  text: string;
  tone: '' | 'warn' | 'good';
}

/** What else is known of a place, the most telling first. */
export function placeNotes(place: ContentPlace, kind: ContentKind = 'secret'): PlaceNote[] {
  const notes: PlaceNote[] = [];
  const say = (text: string, tone: PlaceNote['tone'] = '') => notes.push({ text, tone });
  if (place.origin === 'removed-file')
    say(
      place.removed_in
        ? `removed or replaced by layer ${shortId(place.removed_in)}, but still in the image`
        : 'removed or replaced by a later layer, but still in the image',
      'warn',
    );
  if (place.layer) say(`in layer ${shortId(place.layer)}`);
  if (place.commit)
    say(
      `first in commit ${shortId(place.commit)}${place.commit_time ? ` of ${place.commit_time.slice(0, 10)}` : ''}`,
    );
  if (place.added) say('written since the container was started', 'warn');
  if (place.decoded) say(`encoded as ${place.decoded}`);
  if (place.package_name || place.package)
    say(
      place.unmodified
        ? `as the package ${place.package_name || place.package} brought it`
        : place.modified
          ? `of the package ${place.package_name || place.package}, but not as it brought it`
          : `installed by the package ${place.package_name || place.package}`,
      place.unmodified ? 'good' : place.modified ? 'warn' : '',
    );
  if (place.process && !['environment', 'command-line', 'memory'].includes(place.origin))
    say(`used by ${processOf(place)}`);
  if (place.mode) {
    const open = kind === 'secret' && readableByAll(place);
    say(
      `mode ${place.mode}, owner ${place.owner}${open ? ': every user may read it' : ''}`,
      open ? 'warn' : '',
    );
  }
  if (place.line === 0 && place.offset > 0) say(`at byte ${count(place.offset)}`);
  return notes;
}

type Subject = Pick<ContentFinding, 'kind' | 'validation' | 'asset_kind' | 'place' | 'confidence'>;

/** What to do, one step a line. */
export function remedy(finding: Subject): string[] {
  return finding.kind === 'secret' ? secretRemedy(finding) : malwareRemedy(finding);
}

function secretRemedy({ validation, place }: Subject): string[] {
  const first =
    validation === 'valid'
      ? 'Its issuer says that it works. Revoke it there now, and issue a new one.'
      : validation === 'invalid'
        ? 'Its issuer says that it works no more. Take it out, so that nobody has to look at it again.'
        : 'If it is real, revoke it at its issuer and issue a new one: whoever could read this place may have it.';
  const steps: Record<ContentOrigin, string> = {
    file: readableByAll(place)
      ? 'Let only the user who needs it read the file, or give the secret from a store of secrets instead.'
      : 'Give it from a store of secrets instead of a file, where that can be done.',
    'removed-file':
      'A later layer only hides the file. Build the image without ever copying it in, and delete the old image from registries.',
    'image-config':
      'Everybody who can pull the image can read its config. Build it again without, and give the secret when the container starts.',
    environment:
      'Children inherit an environment, and debug pages print it. Give the secret as a file that only this process may read.',
    'command-line':
      'Every user of the host can read command lines. Give the secret as a file or through a pipe.',
    commit:
      'A later commit does not take it out of the history, and clones keep it. Only a new secret ends this.',
    memory: 'It is in the memory of a process: look where that process has it from.',
  };
  return [first, steps[place.origin]];
}

function malwareRemedy({ place, asset_kind, confidence }: Subject): string[] {
  if (place.unmodified)
    return [
      `The file is as its package${place.package_name ? ` ${place.package_name}` : ''} brought it, so this may well be a false alarm. Look at it before you act.`,
    ];
  const steps = [
    confidence === 'low'
      ? 'The rule is not sure of itself: look at the file first.'
      : `Take the ${asset_kind} off the network, and keep a copy of the file before anything is deleted.`,
  ];
  if (place.modified)
    steps.push(
      `It belongs to the package ${place.package_name || place.package}, whose file was another one: somebody has replaced it. Put the package’s own back, and look at its other files too.`,
    );
  else if (place.added)
    steps.push(
      'It was written since the container was started, so the image is not where it came from: somebody, or what runs in it, wrote it. Find that way in and close it; then start anew from the image.',
    );
  else if (place.layer || asset_kind === 'image')
    steps.push('It is part of the image, so every container of it has it. Build the image again without it.');
  else steps.push('Find how it came here, and close that way before you clean up.');
  return steps;
}

/** "7,312 files (412 MB) with 214 rules". */
export function lookedAt(scan: ContentScan): string {
  return `${plural(scan.files, 'file')} (${bytes(scan.bytes)}) with ${plural(scan.rules, 'rule')}`;
}

// Left out on purpose: looking there could not have found anything that counts.
const meant = new Set(['of a type that no rule is about', 'as its package brought it']);
/** The files of SCAN that nobody looked at, first those that were missed, then those left out on purpose. */
export function skippedFiles(scan: ContentScan) {
  const rows = [...scan.skipped].sort((a, b) => b.count - a.count);
  const sum = (list: typeof rows) => list.reduce((total, row) => total + row.count, 0);
  const missed = rows.filter((row) => !meant.has(row.reason));
  const purposely = rows.filter((row) => meant.has(row.reason));
  return { missed, purposely, missedFiles: sum(missed), purposelyFiles: sum(purposely) };
}

/** What one scan did not see, in words; empty: it saw everything that it was asked to look at. */
export function scanGaps(scan: ContentScan): string[] {
  const missed = skippedFiles(scan).missedFiles;
  const gaps: string[] = [];
  if (scan.rules === 0) gaps.push('No rule was in use.');
  if (missed > 0) gaps.push(`${plural(missed, 'file')} ${missed === 1 ? 'was' : 'were'} not looked at.`);
  if (scan.set_aside.length > 0)
    gaps.push(
      `${plural(scan.set_aside.length, 'rule')} ${scan.set_aside.length === 1 ? 'was' : 'were'} set aside.`,
    );
  if (scan.dropped_findings > 0)
    gaps.push(`There are ${count(scan.dropped_findings)} more findings than are kept.`);
  return gaps;
}

export const scanOf = (scans: readonly ContentScan[], kind: ContentKind) =>
  scans.find((scan) => scan.kind === kind);

/** Without rules nothing can be found, so nothing was looked for. */
export const wasLookedFor = (scans: readonly ContentScan[], kind: ContentKind) =>
  (scanOf(scans, kind)?.rules ?? 0) > 0;

/** One sentence where nothing was found; it does not say more than was looked at. */
export function nothingFound(scans: readonly ContentScan[], kind: ContentKind): string {
  const scan = scanOf(scans, kind);
  if (!scan || scan.rules === 0)
    return `${kind === 'malware' ? 'Malware was' : 'Secrets were'} not looked for${scan ? ': no rule was in use' : ''}.`;
  const gaps = scanGaps(scan);
  return [`No ${kindWord[kind]} in ${lookedAt(scan)}.`, ...gaps].join(' ');
}

/** Rows of several lists in one order, highest score first; of the same secret or file only the first. */
export function joinByScore<T extends { score: number; fingerprint?: string }>(
  lists: T[][],
  most: number,
): T[] {
  const seen = new Set<string>();
  return lists
    .flat()
    .sort((a, b) => b.score - a.score)
    .filter((row) => {
      if (!row.fingerprint) return true;
      const before = seen.has(row.fingerprint);
      seen.add(row.fingerprint);
      return !before;
    })
    .slice(0, most);
}
