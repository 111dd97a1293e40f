// Accepting a finding: where, why and until when. And lifting that again.
import { useState } from 'react';
import { changed } from '../api/cache';
import { post, remove } from '../api/client';
import type { ContentFinding, Finding, Mask, MaskCreate } from '../api/types';
import { plural } from '../lib/format';
import { useMay } from '../session';
import { Field, Notice, Select, Time } from './basics';
import { toast } from './dialog';
import { FormDialog } from './form-dialog';
import { Icon } from './icons';

const ends: [string, string][] = [
  ['7', 'in 7 days'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
  ['', 'never'],
];

type Scope = [Mask['scope'], string, string];

/** What a mask changes is read again everywhere. */
export const masksChanged = () =>
  changed(
    '/findings',
    '/content-findings',
    '/content-rules',
    '/masks',
    '/vulnerabilities',
    '/overview',
    '/assets',
  );

/** The places that a mask of FINDING may hold for; the first is chosen. */
function scopesOf(finding: Finding | ContentFinding): Scope[] {
  const content = 'fingerprint' in finding;
  const what = content
    ? finding.kind === 'secret'
      ? 'this secret'
      : 'this file'
    : `${finding.vulnerability} in ${finding.package_name}`;
  return [
    ['finding', 'Only here', `${what} on ${finding.asset_name}${content ? ', wherever it lies there' : ''}`],
    ...(finding.asset_kind === 'host'
      ? []
      : [['image', 'This image', 'the image and every container of it, now and later'] as Scope]),
    ['everywhere', 'Everywhere', `${what} on every asset`],
  ];
}

export function MaskDialog({ finding, onClose }: { finding: Finding | ContentFinding; onClose: () => void }) {
  const [scope, setScope] = useState<Mask['scope']>('finding');
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('90');
  const content = 'fingerprint' in finding;
  const mask = async () => {
    const body: MaskCreate = {
      scope,
      ...(content ? { content_finding: finding.id } : { finding: finding.id }),
      reason: reason.trim(),
      expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : undefined,
    };
    const made = await post<Mask>('/masks', body);
    masksChanged();
    toast(`${plural(made.findings, 'finding')} masked.`, 'good');
    onClose();
  };
  return (
    <FormDialog
      title={`Mask ${content ? finding.title : finding.vulnerability}`}
      verb="Mask"
      action={mask}
      onClose={onClose}
      disabled={reason.trim().length < 3}
    >
      <p className="muted">
        {content
          ? `A masked finding is kept and counted, but is not in the list of what to fix. The mask follows the ${
              finding.kind === 'secret' ? 'secret' : 'file'
            }, not the line: it holds when ${finding.kind === 'secret' ? 'the secret' : 'the file'} is moved, and not for another one in the same place.`
          : 'A masked finding is kept and counted, but is not in the list of what to fix. It survives rescans.'}
      </p>
      <fieldset className="stack tight" style={{ border: 0, padding: 0, margin: 0 }}>
        <legend className="visually-hidden">Where</legend>
        {scopesOf(finding).map(([value, title, text]) => (
          <label key={value} className="check" style={{ alignItems: 'flex-start' }}>
            <input
              type="radio"
              name="scope"
              style={{ marginTop: 3 }}
              checked={scope === value}
              onChange={() => setScope(value)}
            />
            <span>
              <b>{title}</b> <span className="muted break">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label="Reason" hint="Others read it when they ask why this is not being fixed.">
        {(id) => (
          <textarea
            id={id}
            className="textarea"
            required
            minLength={3}
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      <Select label="Ends" showLabel value={days} options={ends} onChange={setDays} />
    </FormDialog>
  );
}

/** Who accepted it, why, where and until when. */
export function MaskNotice({ mask }: { mask: Mask | null }) {
  if (!mask) return null;
  const where = { finding: 'here', image: `for the image ${mask.image}`, everywhere: 'everywhere' };
  return (
    <Notice>
      Masked {where[mask.scope]} by {mask.created_by} <Time at={mask.created_at} />: “{mask.reason}”{' '}
      {mask.expires_at ? (
        <>
          Ends <Time at={mask.expires_at} />.
        </>
      ) : (
        'Never ends by itself.'
      )}
    </Notice>
  );
}

/** "Mask", or "Lift the mask", for those who may. */
export function MaskButton({ finding, mask }: { finding: Finding | ContentFinding; mask: Mask | null }) {
  const may = useMay('user');
  const [masking, setMasking] = useState(false);
  if (!may) return null;
  if (mask)
    return (
      <button
        type="button"
        className="button"
        onClick={() => {
          void remove(`/masks/${encodeURIComponent(mask.id)}`).then(
            () => {
              masksChanged();
              toast('The mask is lifted; its findings are open again.', 'good');
            },
            (error) => toast(error.message, 'bad'),
          );
        }}
      >
        Lift the mask
      </button>
    );
  return (
    <>
      <button type="button" className="button" onClick={() => setMasking(true)}>
        <Icon name="mask" size={14} />
        Mask
      </button>
      {masking && <MaskDialog finding={finding} onClose={() => setMasking(false)} />}
    </>
  );
}
