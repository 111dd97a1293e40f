// People's own rule files: which there are, what was not taken of each, and adding one.
import { useState } from 'react';
import { changed, usePages } from '../api/cache';
import { post, remove } from '../api/client';
import type { ContentKind, RuleFile, RuleFileCreate } from '../api/types';
import { bytes, count, plural } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import { useMay } from '../session';
import { Empty, Field, Notice, Select, Time } from '../ui/basics';
import { ContentIcon } from '../ui/content-badges';
import { Confirm, Drawer, toast } from '../ui/dialog';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { type Column, DataTable } from '../ui/table';
import { RulesSwitch } from './rules';

const key = (row: RuleFile) => row.id;
const leftOut = (file: RuleFile) => file.remarks.filter((remark) => remark.left_out && remark.rule).length;

const columns: Column<RuleFile>[] = [
  {
    title: 'File',
    width: 'minmax(150px, 1.200fr)',
    cell: (row) => (
      <span className="row tight" style={{ flexWrap: 'nowrap' }}>
        <ContentIcon kind={row.kind} />
        <b className="clip" title={row.name}>
          {row.name}
        </b>
      </span>
    ),
  },
  { title: 'Rules', width: '64px', end: true, cell: (row) => count(row.rules) },
  {
    title: 'Left out',
    width: '70px',
    end: true,
    cell: (row) =>
      leftOut(row) > 0 ? (
        <span className="badge warn">{count(leftOut(row))}</span>
      ) : (
        <span className="muted">0</span>
      ),
  },
  {
    title: 'From',
    width: 'minmax(120px, 1fr)',
    from: 720,
    cell: (row) => <span title={row.url}>{row.url || <span className="muted">sent</span>}</span>,
  },
  {
    title: 'SHA-256',
    width: '120px',
    from: 900,
    cell: (row) => (
      <span className="mono small" title={row.sha256}>
        {row.sha256.slice(0, 12)}…
      </span>
    ),
  },
  { title: 'By', width: '90px', from: 560, cell: (row) => row.created_by },
  { title: 'Added', width: '86px', from: 480, cell: (row) => <Time at={row.created_at} /> },
];

const filesChanged = () => changed('/rule-files', '/content-rules', '/content-findings', '/overview');

export function RuleFiles() {
  const admin = useMay('admin');
  const [params, set] = useParams();
  const pages = usePages<RuleFile>('/rule-files', ['rules'], key);
  const [adding, setAdding] = useState(false);
  // A rule names its file by the file's name.
  const open = pages.items.find((row) => row.id === params.get('open') || row.name === params.get('open'));
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Rules</h1>
          <RulesSwitch />
          <span className="grow" />
          {admin && (
            <button type="button" className="button primary" onClick={() => setAdding(true)}>
              <Icon name="plus" size={14} />
              Add a rule file
            </button>
          )}
          <p className="lead">
            All sensors use them besides the built-in rules, from their next scan on. What of a file cannot be
            used is told here, never dropped in silence.
          </p>
        </div>
        <DataTable
          label="Rule files"
          columns={columns}
          pages={pages}
          rowKey={key}
          unit={['file', 'files']}
          onOpen={(row) => set({ open: row.id }, { replace: params.get('open') !== null })}
          openKey={open?.id ?? null}
          empty={
            <Empty icon="rules" title="No rule file of your own">
              <p>
                {admin
                  ? 'Add rules in the formats of gitleaks, Nosey Parker, Titus, Kingfisher, trivy or SecretScanner, or YARA rules for malware.'
                  : 'An admin can add some; the built-in rules are in use.'}
              </p>
              <Link href="/rules">See the built-in rules</Link>
            </Empty>
          }
        />
      </div>
      {open && <FileDrawer key={open.id} file={open} onClose={() => set({ open: undefined })} />}
      {adding && <AddDialog onClose={() => setAdding(false)} onAdded={(file) => set({ open: file.id })} />}
    </div>
  );
}

function FileDrawer({ file, onClose }: { file: RuleFile; onClose: () => void }) {
  const admin = useMay('admin');
  const [removing, setRemoving] = useState(false);
  return (
    <Drawer
      label="Rule file"
      onClose={onClose}
      title={
        <div className="stack tight">
          <div className="row">
            <ContentIcon kind={file.kind} />
            <h2 style={{ fontSize: 16 }} className="break">
              {file.name}
            </h2>
          </div>
          <p className="muted">
            {plural(file.rules, 'rule')} in use
            {leftOut(file) > 0 && `, ${count(leftOut(file))} left out`}
          </p>
        </div>
      }
    >
      <div className="row">
        <Link className="button" href={href('/rules', { q: file.name, kind: file.kind })}>
          Its rules
        </Link>
        {admin && (
          <button type="button" className="button danger" onClick={() => setRemoving(true)}>
            Remove
          </button>
        )}
      </div>
      <section>
        <h3>What was not taken, or not as it stands</h3>
        {file.remarks.length === 0 ? (
          <Notice tone="good">Every rule of the file is in use as it stands.</Notice>
        ) : (
          <div className="scroll-x">
            <table className="simple">
              <thead>
                <tr>
                  <th>Rule</th>
                  <th>What about it</th>
                </tr>
              </thead>
              <tbody>
                {file.remarks.map((remark, i) => (
                  <tr key={i}>
                    <td className="mono small break">{remark.rule || 'the file'}</td>
                    <td className="wide">
                      {remark.left_out && <span className="badge warn">left out</span>} {remark.message}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section>
        <h3>The file</h3>
        <dl className="facts">
          <dt>From</dt>
          <dd className="break">{file.url || 'sent to this console'}</dd>
          <dt>Size</dt>
          <dd>{bytes(file.bytes)}</dd>
          <dt>SHA-256</dt>
          <dd className="mono small">{file.sha256}</dd>
          <dt>Added</dt>
          <dd>
            <Time at={file.created_at} /> by {file.created_by}
          </dd>
        </dl>
      </section>
      {removing && (
        <Confirm
          title={`Remove ${file.name}?`}
          verb="Remove"
          onClose={() => setRemoving(false)}
          action={async () => {
            await remove(`/rule-files/${encodeURIComponent(file.id)}`);
            filesChanged();
            onClose();
          }}
        >
          <p>
            Sensors look again without its {plural(file.rules, 'rule')}; what only they have found is resolved
            then.
          </p>
        </Confirm>
      )}
    </Drawer>
  );
}

const kMost = 4 << 20;

function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (file: RuleFile) => void }) {
  const [kind, setKind] = useState<ContentKind>('secret');
  const [way, setWay] = useState<'text' | 'url'>('text');
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [url, setUrl] = useState('');
  const [digest, setDigest] = useState('');
  const [trouble, setTrouble] = useState('');
  const read = async (file: File | undefined) => {
    setTrouble('');
    if (!file) return;
    if (file.size > kMost)
      return setTrouble(`${file.name} has ${bytes(file.size)}; a rule file has at most 4 MiB.`);
    setText(await file.text());
    if (!name) setName(file.name.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 100));
    if (/\.yara?$/i.test(file.name)) setKind('malware');
  };
  const add = async () => {
    const body: RuleFileCreate =
      way === 'text'
        ? { kind, name: name.trim(), text }
        : { kind, name: name.trim(), url: url.trim(), sha256: digest.trim().toLowerCase() };
    const file = await post<RuleFile>('/rule-files', body);
    filesChanged();
    onClose();
    onAdded(file);
    const left = leftOut(file);
    toast(
      `${plural(file.rules, 'rule')} of ${file.name} in use${left ? `, ${count(left)} left out` : ''}.`,
      left ? 'warn' : 'good',
    );
  };
  return (
    <FormDialog title="Add a rule file" verb="Check and add" action={add} onClose={onClose} wide>
      <div className="row">
        <Select
          label="Rules for"
          showLabel
          value={kind}
          options={[
            ['secret', 'secrets'],
            ['malware', 'malware'],
          ]}
          onChange={(value) => setKind(value as ContentKind)}
        />
        <div className="segmented" role="group" aria-label="Where it is">
          {(
            [
              ['text', 'Its text'],
              ['url', 'A URL'],
            ] as const
          ).map(([value, title]) => (
            <button key={value} type="button" aria-pressed={way === value} onClick={() => setWay(value)}>
              {title}
            </button>
          ))}
        </div>
      </div>
      <p className="muted">
        {kind === 'secret'
          ? 'gitleaks TOML; Nosey Parker, Titus or Kingfisher YAML; trivy’s secret YAML; SecretScanner YAML. Which it is, is found out.'
          : 'YARA rules.'}{' '}
        A file of the same kind and name is replaced.
      </p>
      <Field
        label="Name"
        hint={
          kind === 'secret'
            ? 'Letters, digits, dots, hyphens and underscores; ends in .toml, .yaml or .yml'
            : 'Letters, digits, dots, hyphens and underscores; ends in .yar or .yara'
        }
      >
        {(id) => (
          <input
            id={id}
            className="input"
            required
            maxLength={100}
            pattern={`[A-Za-z0-9._\\-]+\\.(${kind === 'secret' ? 'toml|ya?ml' : 'yara?'})`}
            placeholder={kind === 'secret' ? 'our-tokens.toml' : 'our-malware.yar'}
            autoCapitalize="none"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {way === 'text' ? (
        <>
          <Field label="File" hint="Or paste its text below. At most 4 MiB.">
            {(id) => (
              <input
                id={id}
                type="file"
                accept=".toml,.yaml,.yml,.yar,.yara,text/plain"
                onChange={(event) => void read(event.target.files?.[0])}
              />
            )}
          </Field>
          <Field label="Text">
            {(id) => (
              <textarea
                id={id}
                className="textarea mono"
                style={{ minHeight: 160 }}
                required
                spellCheck={false}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        </>
      ) : (
        <>
          <Field label="URL" hint="https only. The console fetches it once, now.">
            {(id) => (
              <input
                id={id}
                className="input"
                type="url"
                required
                maxLength={2000}
                pattern="https://.*"
                placeholder="https://rules.example.org/our-tokens.toml"
                value={url}
                onChange={(event) => setUrl(event.target.value)}
              />
            )}
          </Field>
          <Field label="SHA-256" hint="Of the file, so that nobody on the way can change it">
            {(id) => (
              <input
                id={id}
                className="input mono"
                required
                minLength={64}
                maxLength={64}
                pattern="[0-9a-fA-F]{64}"
                autoCapitalize="none"
                value={digest}
                onChange={(event) => setDigest(event.target.value)}
              />
            )}
          </Field>
        </>
      )}
      {trouble && <Notice tone="bad">{trouble}</Notice>}
    </FormDialog>
  );
}
