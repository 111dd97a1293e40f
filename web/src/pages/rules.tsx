// The rules that look for secrets and malware: which there are, what each finds, and which are not in use.
import { useRef, useState } from 'react';
import { changed, usePages } from '../api/cache';
import { post } from '../api/client';
import type { ContentKind, ContentRule } from '../api/types';
import { kindPath } from '../lib/content';
import { count, plural } from '../lib/format';
import { href, Link, useLocation, useParams } from '../lib/router';
import { useMay } from '../session';
import { Empty, ErrorNotice, Field, Notice, Select, SeverityBadge, Skeleton, Time } from '../ui/basics';
import { ConfidenceBadge, ContentIcon } from '../ui/content-badges';
import { Drawer, toast } from '../ui/dialog';
import { ClearFilters, TextFilter } from '../ui/finding-filters';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';
import { type Column, DataTable } from '../ui/table';

export const ruleKey = (row: ContentRule) => `${row.kind}:${row.id}`;
const filters = ['q', 'enabled', 'kind'];

function StateOfRule({ rule }: { rule: ContentRule }) {
  if (rule.set_aside)
    return (
      <span className="badge warn" title={rule.set_aside}>
        set aside
      </span>
    );
  return rule.enabled ? <span className="badge good">in use</span> : <span className="badge">disabled</span>;
}

const columns: Column<ContentRule>[] = [
  {
    title: 'Rule',
    width: 'minmax(180px, 1.400fr)',
    cell: (row) => (
      <span className="row tight" style={{ flexWrap: 'nowrap' }} title={`${row.title} (${row.id})`}>
        <ContentIcon kind={row.kind} />
        <b className="clip">{row.title || row.id}</b>
      </span>
    ),
  },
  {
    title: 'Id',
    width: 'minmax(120px, 0.800fr)',
    from: 760,
    cell: (row) => <span className="mono small">{row.id}</span>,
  },
  { title: 'Severity', width: '106px', from: 560, cell: (row) => <SeverityBadge severity={row.severity} /> },
  {
    title: 'Confidence',
    width: '78px',
    from: 900,
    cell: (row) => <ConfidenceBadge confidence={row.confidence} />,
  },
  {
    title: 'From',
    width: 'minmax(90px, 0.500fr)',
    from: 980,
    cell: (row) => <span title={row.source}>{row.source}</span>,
  },
  {
    title: 'Open',
    width: '64px',
    end: true,
    from: 480,
    cell: (row) => (row.open ? <b>{count(row.open)}</b> : <span className="muted">0</span>),
  },
  { title: 'State', width: '92px', cell: (row) => <StateOfRule rule={row} /> },
];

/** The rules, or the files that people have added. */
export function RulesSwitch() {
  const { path: here } = useLocation();
  const items: [string, string][] = [
    ['/rules', 'Rules'],
    ['/rules/files', 'Own rule files'],
  ];
  return (
    <div className="segmented" role="group" aria-label="Show">
      {items.map(([path, text]) => (
        <Link key={path} href={path} aria-current={here === path ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </div>
  );
}

export function Rules() {
  const [params, set] = useParams();
  const query = Object.fromEntries(filters.map((name) => [name, params.get(name)]));
  const pages = usePages<ContentRule>(href('/content-rules', query), ['rules', 'content'], ruleKey);
  const open = params.get('open');
  const filtered = filters.some((name) => params.get(name));
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Rules</h1>
          <RulesSwitch />
        </div>
        <div className="filters">
          <TextFilter label="Filter rules" placeholder="Id, title, tag or file" />
          <Select
            label="Kind"
            value={params.get('kind') ?? ''}
            options={[
              ['', 'Secrets and malware'],
              ['secret', 'Secrets'],
              ['malware', 'Malware'],
            ]}
            onChange={(kind) => set({ kind, open: undefined })}
          />
          <Select
            label="State"
            value={params.get('enabled') ?? ''}
            options={[
              ['', 'In use or not'],
              ['true', 'In use'],
              ['false', 'Not in use'],
            ]}
            onChange={(enabled) => set({ enabled, open: undefined })}
          />
          <ClearFilters names={filters} />
        </div>
        <DataTable
          label="Rules"
          columns={columns}
          pages={pages}
          rowKey={ruleKey}
          unit={['rule', 'rules']}
          onOpen={(row) => set({ open: ruleKey(row) }, { replace: open !== null })}
          openKey={open}
          empty={
            filtered ? (
              <Empty icon="search" title="No rule like that">
                <p>Nothing passes these filters. Take one away.</p>
              </Empty>
            ) : (
              <Empty icon="alert" title="There are no rules">
                <p>Nothing is looked for without rules: neither built-in ones nor your own are here.</p>
              </Empty>
            )
          }
        />
      </div>
      {open && (
        <RuleDrawer
          key={open}
          name={open}
          row={pages.items.find((row) => ruleKey(row) === open)}
          onClose={() => set({ open: undefined })}
        />
      )}
    </div>
  );
}

const rulesChanged = () =>
  changed('/content-rules', '/content-findings', '/rule-files', '/overview', '/assets');

function RuleDrawer({
  name,
  row,
  onClose,
}: {
  name: string;
  row: ContentRule | undefined;
  onClose: () => void;
}) {
  // A rule that the list has not read, or has filtered away, is looked for by its id.
  const cut = name.indexOf(':');
  const kind = name.slice(0, cut) as ContentKind;
  const id = name.slice(cut + 1);
  const asked = usePages<ContentRule>(
    row ? null : href('/content-rules', { kind, q: id }),
    ['rules', 'content'],
    ruleKey,
  );
  // While the list is read anew the rule stays as it was: a dialog that is open on it is not lost.
  const known = useRef<ContentRule | undefined>(undefined);
  const found = row ?? asked.items.find((each) => ruleKey(each) === name);
  if (found || !asked.loading) known.current = found;
  const rule = known.current;
  return (
    <Drawer
      label="Rule"
      onClose={onClose}
      title={
        <div className="stack tight">
          <div className="row">
            <h2 style={{ fontSize: 16 }}>{rule?.title || id}</h2>
            {rule && <SeverityBadge severity={rule.severity} />}
            {rule && <ConfidenceBadge confidence={rule.confidence} />}
            {rule && <StateOfRule rule={rule} />}
          </div>
          <p className="mono small muted break">{id}</p>
        </div>
      }
    >
      {asked.error && <ErrorNotice error={asked.error} retry={asked.reload} />}
      {!rule && asked.loading && <Skeleton lines={8} />}
      {!rule && !asked.loading && !asked.error && (
        <Notice tone="warn">
          There is no such rule any more: a file that brought it was removed, or an update has dropped it.
        </Notice>
      )}
      {rule && <RuleBody rule={rule} />}
    </Drawer>
  );
}

function RuleBody({ rule }: { rule: ContentRule }) {
  const may = useMay('user');
  const [disabling, setDisabling] = useState(false);
  const path = `/content-rules/${rule.kind}/${encodeURIComponent(rule.id)}`;
  const enable = () =>
    void post<ContentRule>(`${path}/enable`).then(
      () => {
        rulesChanged();
        toast('The rule is in use again. Sensors look again with it.', 'good');
      },
      (error) => toast(error.message, 'bad'),
    );
  return (
    <>
      {rule.set_aside && (
        <Notice tone="warn">
          It is set aside and finds nothing: {rule.set_aside}. The rest of its file is in use.
        </Notice>
      )}
      {rule.disabled_by && (
        <Notice>
          Disabled by {rule.disabled_by} <Time at={rule.disabled_at} />: “{rule.disabled_reason}”
        </Notice>
      )}
      <div className="row">
        {may &&
          (rule.disabled_by ? (
            <button type="button" className="button" onClick={enable}>
              <Icon name="check" size={14} />
              Use it again
            </button>
          ) : (
            <button type="button" className="button" onClick={() => setDisabling(true)}>
              <Icon name="mask" size={14} />
              Disable
            </button>
          ))}
        <Link className="button" href={href(kindPath[rule.kind], { rule: rule.id })}>
          {plural(rule.open, 'open finding')}
        </Link>
        {rule.masked > 0 && (
          <Link
            className="button"
            href={href(kindPath[rule.kind], {
              rule: rule.id,
              status: rule.disabled_by ? 'ignored' : 'masked',
            })}
          >
            {count(rule.masked)} masked or ignored
          </Link>
        )}
      </div>
      <section>
        <h3>What it finds, masked as findings are</h3>
        {rule.examples.length === 0 ? (
          <p className="muted">The rule brings no examples.</p>
        ) : (
          <ul className="stack tight">
            {rule.examples.map((example) => (
              <li key={example}>
                <code className="break">{example}</code>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h3>The rule</h3>
        <dl className="facts">
          <dt>Looks for</dt>
          <dd>{rule.kind === 'secret' ? 'secrets' : 'malware'}</dd>
          <dt>From</dt>
          <dd>
            {rule.source === 'built-in' ? (
              'built in'
            ) : (
              <Link href={href('/rules/files', { open: rule.source })}>{rule.source}</Link>
            )}
          </dd>
          {rule.tags.length > 0 && (
            <>
              <dt>Tags</dt>
              <dd>{rule.tags.join(', ')}</dd>
            </>
          )}
          {rule.reference && (
            <>
              <dt>More</dt>
              <dd>
                {/^https?:\/\//.test(rule.reference) ? (
                  <a href={rule.reference} target="_blank" rel="noreferrer noopener">
                    {rule.reference}
                  </a>
                ) : (
                  rule.reference
                )}
              </dd>
            </>
          )}
        </dl>
      </section>
      {disabling && <DisableDialog rule={rule} path={path} onClose={() => setDisabling(false)} />}
    </>
  );
}

function DisableDialog({ rule, path, onClose }: { rule: ContentRule; path: string; onClose: () => void }) {
  const [reason, setReason] = useState('');
  return (
    <FormDialog
      title={`Disable ${rule.title || rule.id}`}
      verb="Disable"
      onClose={onClose}
      disabled={reason.trim().length < 3}
      action={async () => {
        await post<ContentRule>(`${path}/disable`, { reason: reason.trim() });
        rulesChanged();
        toast('The rule is in use no more.', 'good');
        onClose();
      }}
    >
      <p className="muted">
        {rule.open > 0
          ? `Its ${plural(rule.open, 'open finding')} ${rule.open === 1 ? 'is' : 'are'} ignored at once, and`
          : 'From now on'}{' '}
        sensors do not look with it. To accept a single finding, mask that one instead: a mask does not blind
        you to the next.
      </p>
      <Field label="Reason" hint="Others read it when they ask why this is not found.">
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
    </FormDialog>
  );
}
