// What to fix first, of everything: vulnerabilities, secrets and malware in one order.
import { usePages } from '../api/cache';
import type { ContentFinding, Vulnerability } from '../api/types';
import { originWords, placeText } from '../lib/content';
import { count, plural } from '../lib/format';
import { mergePages } from '../lib/merge';
import { href, Link, useParams } from '../lib/router';
import { AssetLink, KevMark, Score, SeverityBadge } from '../ui/basics';
import { ContentIcon, ValidationBadge } from '../ui/content-badges';
import { ContentDrawer } from '../ui/content-drawer';
import { FindingDrawer } from '../ui/finding-drawer';
import { ClearFilters, SeverityFilter, TextFilter } from '../ui/finding-filters';
import { Icon } from '../ui/icons';
import { NothingFound } from '../ui/nothing';
import { type Column, DataTable } from '../ui/table';
import { contentKey } from './content';
import { VulnerabilityDrawer, vulnerabilityKey } from './vulnerabilities';

type Row = Vulnerability | ContentFinding;
const isContent = (row: Row): row is ContentFinding => 'fingerprint' in row;
const key = (row: Row) => (isContent(row) ? `content:${row.id}` : `vulnerability:${row.id}`);
/** The same secret in many assets is one row, as the same vulnerability is. */
const same = (row: Row) => (isContent(row) ? `${row.kind} ${row.fingerprint}` : key(row));
const filters = ['severity', 'q'];

const columns: Column<Row>[] = [
  { title: 'Score', width: '98px', cell: (row) => <Score value={row.score} /> },
  {
    title: 'What',
    width: 'minmax(170px, 0.800fr)',
    cell: (row) => (
      <span className="row tight" style={{ flexWrap: 'nowrap' }}>
        {isContent(row) ? (
          <ContentIcon kind={row.kind} />
        ) : (
          <span title="vulnerability" style={{ display: 'inline-flex', flex: 'none' }}>
            <Icon name="shield" size={15} />
            <span className="visually-hidden">vulnerability</span>
          </span>
        )}
        <b className="clip" title={isContent(row) ? row.title : row.id}>
          {isContent(row) ? row.title : row.id}
        </b>
        {isContent(row) ? (
          <ValidationBadge validation={row.validation} />
        ) : (
          <KevMark known={row.known_exploited} />
        )}
      </span>
    ),
  },
  { title: 'Severity', width: '106px', from: 480, cell: (row) => <SeverityBadge severity={row.severity} /> },
  {
    title: 'About',
    width: 'minmax(180px, 1.400fr)',
    from: 640,
    cell: (row) => {
      const text = isContent(row) ? placeText(row.place) : row.summary || row.packages.join(', ');
      return <span title={text}>{text}</span>;
    },
  },
  {
    title: 'Use or place',
    width: '128px',
    from: 900,
    cell: (row) => (
      <span className="muted">
        {isContent(row)
          ? row.place.added
            ? 'new file'
            : originWords[row.place.origin]
          : row.exposed > 0
            ? `${count(row.exposed)} exposed`
            : row.loaded > 0
              ? `${count(row.loaded)} loaded`
              : 'not loaded'}
      </span>
    ),
  },
  {
    title: 'Assets',
    width: 'minmax(90px, 0.600fr)',
    from: 760,
    cell: (row) =>
      isContent(row) && row.same_elsewhere === 0 ? (
        <AssetLink id={row.asset_id} name={row.asset_name} kind={row.asset_kind} />
      ) : (
        plural(isContent(row) ? row.same_elsewhere + 1 : row.assets, 'asset')
      ),
  },
];

export function FixFirst() {
  const [params, set] = useParams();
  const query = Object.fromEntries(filters.map((name) => [name, params.get(name)]));
  const weaknesses = usePages<Row>(
    href('/vulnerabilities', query),
    ['finding', 'mask', 'advisory'],
    vulnerabilityKey,
  );
  const content = usePages<Row>(href('/content-findings', query), ['content', 'mask', 'rules'], contentKey);
  const pages = mergePages([weaknesses, content], same);
  const open = params.get('open');
  const finding = params.get('finding');
  const cut = open?.indexOf(':') ?? -1;
  const id = open?.slice(cut + 1) ?? '';
  return (
    <div className="with-drawer">
      <div className="page fixed">
        <div className="page-head">
          <h1>Fix first</h1>
          <p className="lead">
            Vulnerabilities, secrets and malware in one order: the higher the score, the more a repair gains.
            What is in many assets is one row.
          </p>
        </div>
        <div className="filters">
          <TextFilter label="Filter what to fix" placeholder="Vulnerability, package, secret, rule, path" />
          <SeverityFilter />
          <ClearFilters names={filters} />
        </div>
        <DataTable
          label="What to fix first"
          columns={columns}
          pages={pages}
          rowKey={key}
          unit={['thing to fix', 'things to fix']}
          sort="score"
          onOpen={(row) => set({ open: key(row), finding: undefined }, { replace: open !== null })}
          openKey={open}
          empty={
            <NothingFound
              filtered={filters.some((name) => params.get(name))}
              what="findings"
              also={
                <p>
                  Which files were looked at for secrets and malware, and whether they were looked for at all,
                  is told on the page of each <Link href="/assets">asset</Link>.
                </p>
              }
            />
          }
        />
      </div>
      {finding ? (
        <FindingDrawer key={finding} id={finding} onClose={() => set({ finding: undefined })} />
      ) : open?.startsWith('content:') ? (
        <ContentDrawer key={open} id={id} onClose={() => set({ open: undefined })} />
      ) : (
        open && (
          <VulnerabilityDrawer
            key={open}
            id={id}
            onClose={() => set({ open: undefined })}
            onFinding={(value) => set({ finding: value })}
          />
        )
      )}
    </div>
  );
}
