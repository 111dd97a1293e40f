// Small parts that secrets and malware have on every page that shows them.
import type { ContentFinding, ContentKind, ContentOrigin, ContentPlace } from '../api/types';
import { originWords, placeShort, placeText } from '../lib/content';
import { Icon, type IconName } from './icons';

export const contentIcons: Record<ContentKind, IconName> = { secret: 'key', malware: 'bug' };

export function ContentIcon({ kind }: { kind: ContentKind }) {
  return (
    <span title={kind} style={{ display: 'inline-flex', flex: 'none' }}>
      <Icon name={contentIcons[kind]} size={15} />
      <span className="visually-hidden">{kind}</span>
    </span>
  );
}

const sure: Record<string, string> = {
  high: 'The rule is sure: a checksum, a telling form, or both',
  medium: 'The form is telling, but other things have it too',
  low: 'A guess by what stands around it: look at it first',
};
export function ConfidenceBadge({ confidence }: { confidence: string }) {
  return (
    <span className={`badge ${confidence === 'high' ? 'info' : ''}`} title={sure[confidence]}>
      {{ high: 'sure', medium: 'likely', low: 'a guess' }[confidence] ?? confidence}
    </span>
  );
}

export function ValidationBadge({ validation }: { validation: ContentFinding['validation'] }) {
  if (validation === 'valid')
    return (
      <span className="badge bad" title="Its issuer was asked, and says that it works">
        <Icon name="fire" size={12} />
        works
      </span>
    );
  if (validation === 'invalid')
    return (
      <span className="badge good" title="Its issuer was asked, and says that it works no more">
        works no more
      </span>
    );
  return null;
}

const originIcons: Record<ContentOrigin, IconName> = {
  file: 'box',
  'removed-file': 'layers',
  'image-config': 'gear',
  environment: 'cpu',
  'command-line': 'cpu',
  commit: 'commit',
  memory: 'cpu',
};
export function OriginBadge({ place }: { place: ContentPlace }) {
  const telling = place.origin !== 'file';
  return (
    <span className={`badge ${place.added ? 'warn' : telling ? 'info' : ''}`}>
      <Icon name={originIcons[place.origin]} size={12} />
      {place.added && place.origin === 'file' ? 'new file' : originWords[place.origin]}
    </span>
  );
}

/** Where it lies as one line of a list. */
export function Place({ place, more }: { place: ContentPlace; more: number }) {
  const text = placeText(place);
  return (
    <span title={text} className="row" style={{ gap: 6, flexWrap: 'nowrap' }}>
      <span
        className={`clip mono small ${place.origin.endsWith('file') || place.commit ? 'clip-start' : ''}`}
      >
        <bdi>{placeShort(place)}</bdi>
      </span>
      {more > 0 && <span className="muted small nowrap">and {more} more</span>}
    </span>
  );
}
