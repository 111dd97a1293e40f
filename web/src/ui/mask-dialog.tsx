// Accepting a weakness: where, why and until when.
import { type FormEvent, useState } from 'react';
import { changed } from '../api/cache';
import { post } from '../api/client';
import type { Finding, Mask } from '../api/types';
import { plural } from '../lib/format';
import { Field, Notice, Select } from './basics';
import { Dialog, toast, useAction } from './dialog';

const ends: [string, string][] = [
  ['7', 'in 7 days'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
  ['', 'never'],
];

export function MaskDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const [scope, setScope] = useState<Mask['scope']>('finding');
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('90');
  const { run, busy, error } = useAction(async () => {
    const mask = await post<Mask>('/masks', {
      scope,
      finding: finding.id,
      reason: reason.trim(),
      expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : undefined,
    });
    changed('/findings', '/masks', '/vulnerabilities', '/overview', '/assets');
    toast(`${plural(mask.findings, 'finding')} masked.`, 'good');
    onClose();
  });
  const scopes: [Mask['scope'], string, string][] = [
    ['finding', 'Only here', `${finding.vulnerability} in ${finding.package_name} on ${finding.asset_name}`],
    ...(finding.asset_kind === 'host'
      ? []
      : ([['image', 'This image', 'the image and every container of it, now and later']] as [
          Mask['scope'],
          string,
          string,
        ][])),
    ['everywhere', 'Everywhere', `${finding.vulnerability} in ${finding.package_name} on every asset`],
  ];
  return (
    <Dialog title={`Mask ${finding.vulnerability}`} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          run();
        }}
      >
        <p className="muted">
          A masked finding is kept and counted, but is not in the list of what to fix. It survives rescans.
        </p>
        <fieldset className="stack tight" style={{ border: 0, padding: 0, margin: 0 }}>
          <legend className="visually-hidden">Where</legend>
          {scopes.map(([value, title, text]) => (
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
        {error && <Notice tone="bad">{error}</Notice>}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy || reason.trim().length < 3}>
            Mask
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
