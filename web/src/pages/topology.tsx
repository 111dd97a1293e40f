// What runs and what talks to what. Grouped at first, opened where one looks; the panel beside it says the same
// in words, so that nothing is told by the picture alone.
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Throttle, useLive } from '../api/cache';
import type { Reach } from '../api/types';
import { count } from '../lib/format';
import { href, Link, useParams } from '../lib/router';
import { bandColours, bandNames, Flag, type Scene } from '../topology/layout';
import { Painter, readColours } from '../topology/painter';
import { fitView, isSeen, itemAt, itemToward, reveal, type View, zoom } from '../topology/view';
import type { Answer, Ask, Neighbour, Selected } from '../topology/worker';
import {
  Empty,
  KindIcon,
  Notice,
  ReachBadge,
  Score,
  SeverityBadge,
  Skeleton,
  StateBadge,
  Time,
} from '../ui/basics';
import { Icon } from '../ui/icons';

type Found = Extract<Answer, { kind: 'found' }>['items'];

export function TopologyPage() {
  const [params, set] = useParams();
  const focus = params.get('focus');
  const full = params.get('full') === 'true';
  const openedText = params.get('opened') ?? '';
  const opened = useMemo(() => openedText.split(',').filter(Boolean), [openedText]);
  const foldedText = params.get('folded') ?? '';
  const folded = useMemo(() => foldedText.split(',').filter(Boolean), [foldedText]);
  const auto = openedText === '' && foldedText === '' && params.get('auto') !== 'off';
  const [scene, setScene] = useState<Scene | null>(null);
  const [shownOpen, setShownOpen] = useState<string[]>([]);
  const [loaded, setLoaded] = useState<Extract<Answer, { kind: 'loaded' }> | null>(null);
  const [trouble, setTrouble] = useState('');
  const [selected, setSelected] = useState<Selected | null>(null);
  const [found, setFound] = useState<Found>([]);
  const worker = useRef<Worker | null>(null);
  const [version, setVersion] = useState(0);

  const latestSet = useRef(set);
  latestSet.current = set;

  const ask = useCallback((question: Ask) => worker.current?.postMessage(question), []);
  useEffect(() => {
    const made = new Worker(new URL('../topology/worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    made.onmessage = (message: MessageEvent<Answer>) => {
      const answer = message.data;
      switch (answer.kind) {
        case 'loaded':
          setLoaded(answer);
          setTrouble('');
          setVersion((value) => value + 1);
          break;
        case 'scene':
          setScene(answer.scene);
          setShownOpen(answer.opened);
          // What had to be opened to show what is looked for stays open.
          if (answer.hidden) latestSet.current({ opened: answer.opened.join(',') }, { replace: true });
          break;
        case 'selected':
          setSelected(answer.selected);
          break;
        case 'found':
          setFound(answer.items);
          break;
        case 'trouble':
          setTrouble(answer.message);
          break;
      }
    };
    made.postMessage({ kind: 'load' } satisfies Ask);
    return () => made.terminate();
  }, []);
  const [throttle] = useState(
    () => new Throttle(() => worker.current?.postMessage({ kind: 'load' } satisfies Ask), 500, 8000),
  );
  useEffect(() => () => throttle.cancel(), [throttle]);
  useLive(['inventory', 'asset', 'finding'], () => {
    if (!document.hidden) throttle.call();
  });

  // What is looked for but lies in something folded.
  const hidden = focus && !scene?.ids.includes(focus) ? focus : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a new graph
  useEffect(() => {
    if (loaded) ask({ kind: 'scene', opened, folded, full, auto, hidden, wanted: focus });
  }, [opened, folded, full, auto, version, ask, hidden]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a new graph
  useEffect(() => {
    if (!loaded) return;
    if (focus) ask({ kind: 'select', id: focus });
    else setSelected(null);
  }, [focus, version, ask]);

  const select = useCallback(
    (id: string | null) => set({ focus: id ?? undefined }, { replace: true }),
    [set],
  );
  const toggle = useCallback(
    (id: string) => {
      if (full) {
        // Everything is open but what is folded: the URL says the difference.
        const less = new Set(folded);
        const more = new Set(opened);
        if (shownOpen.includes(id)) {
          if (!more.delete(id)) less.add(id);
        } else if (!less.delete(id)) more.add(id);
        set({ folded: [...less].join(','), opened: [...more].join(','), focus: id });
        return;
      }
      const now = new Set(shownOpen);
      if (!now.delete(id)) now.add(id);
      set({
        opened: [...now].join(','),
        folded: undefined,
        auto: now.size === 0 ? 'off' : undefined,
        focus: id,
      });
    },
    [shownOpen, full, folded, opened, set],
  );

  const empty = loaded?.empty ?? false;
  return (
    <div className="with-drawer">
      <div className="page fixed topology">
        <div className="page-head">
          <h1>Topology</h1>
          <Search
            found={found}
            onText={(text) => ask({ kind: 'search', text })}
            onChoose={(id) => select(id)}
          />
          <span className="grow" />
          <button
            type="button"
            className="button"
            aria-pressed={full}
            title="Every container at once"
            onClick={() =>
              set({
                full: full ? undefined : 'true',
                opened: undefined,
                folded: undefined,
                auto: undefined,
                focus: undefined,
              })
            }
          >
            Show all
          </button>
          <button
            type="button"
            className="button"
            disabled={shownOpen.length === 0}
            onClick={() =>
              set({ opened: undefined, folded: undefined, full: undefined, focus: undefined, auto: 'off' })
            }
          >
            Fold all
          </button>
        </div>
        {trouble && <Notice tone="bad">The topology could not be read: {trouble}</Notice>}
        {empty ? (
          <div className="card grow">
            <Empty icon="graph" title="Nothing to draw yet">
              <p>As soon as a sensor reports, its host, containers and their connections are drawn here.</p>
              <Link className="button primary" href="/settings/enrolment">
                Get the command for a sensor
              </Link>
            </Empty>
          </div>
        ) : (
          <Picture scene={scene} focus={focus} onSelect={select} onToggle={toggle}>
            {loaded && (
              <span className="counts small muted">
                {count(scene?.ids.length ?? 0)} of {count(scene?.total.nodes ?? loaded.nodes)} nodes shown,{' '}
                {count(scene?.total.edges ?? loaded.edges)} connections{' '}
                {loaded.truncated && <span className="badge warn">not all: there are too many</span>}
              </span>
            )}
          </Picture>
        )}
      </div>
      {!empty && (
        <Panel selected={selected} scene={scene} opened={shownOpen} onSelect={select} onToggle={toggle} />
      )}
    </div>
  );
}

function Search({
  found,
  onText,
  onChoose,
}: {
  found: Found;
  onText: (text: string) => void;
  onChoose: (id: string) => void;
}) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const open = text.trim() !== '' && found.length > 0;
  const choose = (id: string) => {
    setText('');
    onText('');
    onChoose(id);
  };
  return (
    <div className="search" style={{ width: 240 }}>
      <Icon name="search" size={15} />
      <input
        type="search"
        className="input"
        role="combobox"
        aria-label="Find in the topology"
        aria-expanded={open}
        aria-controls="topology-found"
        aria-activedescendant={open ? `found-${at}` : undefined}
        aria-autocomplete="list"
        placeholder="Find a host, container or process"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
          onText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (!open) return;
          if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
          else if (event.key === 'Enter') choose(found[Math.min(at, found.length - 1)].id);
          else return;
          event.preventDefault();
        }}
      />
      {open && (
        <div
          className="menu-list"
          id="topology-found"
          role="listbox"
          aria-label="Found"
          style={{ left: 0, right: 'auto', minWidth: 320 }}
        >
          {found.map((item, i) => (
            <div
              key={item.id}
              id={`found-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              style={i === at ? { background: 'var(--accent-soft)' } : undefined}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(item.id);
              }}
            >
              <KindIcon kind={item.kind} />
              <span className="clip">{item.name}</span>
              <span className="muted small clip">{item.above}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Picture({
  scene,
  focus,
  onSelect,
  onToggle,
  children,
}: {
  scene: Scene | null;
  focus: string | null;
  onSelect: (id: string | null) => void;
  onToggle: (id: string) => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const view = useRef<View>({ x: 0, y: 0, scale: 1 });
  const shown = useRef<Scene | null>(null);
  const [label, setLabel] = useState('');

  const move = useCallback((next: View) => {
    view.current = next;
    painter.current?.setView(next);
  }, []);

  useEffect(() => {
    const element = canvas.current!;
    const made = new Painter(element, readColours(box.current!));
    painter.current = made;
    const observer = new ResizeObserver(() => {
      if (box.current) made.resize(box.current.clientWidth, box.current.clientHeight);
    });
    observer.observe(box.current!);
    const recolour = () => setTimeout(() => box.current && made.setColours(readColours(box.current)));
    const media = matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', recolour);
    window.addEventListener('weir-theme', recolour);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const area = element.getBoundingClientRect();
      move(
        zoom(
          view.current,
          Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)),
          event.clientX - area.left,
          event.clientY - area.top,
        ),
      );
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      observer.disconnect();
      media.removeEventListener('change', recolour);
      window.removeEventListener('weir-theme', recolour);
      element.removeEventListener('wheel', onWheel);
      made.stop();
    };
  }, [move]);

  useEffect(() => {
    const paint = painter.current;
    if (!scene || !paint) return;
    const before = shown.current;
    shown.current = scene;
    if (before !== scene) paint.setScene(scene);
    const at = focus ? scene.ids.indexOf(focus) : -1;
    paint.select(at);
    const box = at >= 0 ? scene.boxes.subarray(at * 4, at * 4 + 4) : null;
    const show = (from: View) => {
      if (box && !isSeen(from, box, paint.width, paint.height))
        move(reveal(from, box, paint.width, paint.height));
      else move(from);
    };
    if (!before) {
      move(fitView(scene.bounds, paint.width, paint.height));
      if (box) move(reveal(view.current, box, paint.width, paint.height));
      return;
    }
    if (before === scene) return show(view.current);
    const old = focus ? before.ids.indexOf(focus) : -1;
    if (box && old >= 0) {
      // What was chosen stays where it is on the screen, and is brought in whole if it now is larger.
      show({
        ...view.current,
        x: view.current.x + box[0] - before.boxes[old * 4],
        y: view.current.y + box[1] - before.boxes[old * 4 + 1],
      });
    } else if (box) show(view.current);
    else if (scene.bounds.width !== before.bounds.width || scene.bounds.height !== before.bounds.height)
      move(fitView(scene.bounds, paint.width, paint.height));
  }, [scene, focus, move]);

  const point = (event: { clientX: number; clientY: number }): [number, number] => {
    const area = canvas.current!.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  };
  const under = (event: { clientX: number; clientY: number }): number => {
    const [px, py] = point(event);
    return shown.current
      ? itemAt(
          shown.current,
          view.current.x + px / view.current.scale,
          view.current.y + py / view.current.scale,
        )
      : -1;
  };

  const pointers = useRef(new Map<number, [number, number]>());
  const dragged = useRef(0);
  const onPointerDown = (event: PointerEvent) => {
    canvas.current!.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, point(event));
    dragged.current = 0;
  };
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) {
      const item = under(event);
      painter.current?.hover(item);
      canvas.current!.style.cursor = item >= 0 ? 'pointer' : 'grab';
      return;
    }
    const now = point(event);
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    pointers.current.set(event.pointerId, now);
    dragged.current += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (others.length > 0) {
      const [ox, oy] = others[0];
      const factor =
        Math.hypot(now[0] - ox, now[1] - oy) / Math.max(1, Math.hypot(before[0] - ox, before[1] - oy));
      move(zoom(view.current, factor, (now[0] + ox) / 2, (now[1] + oy) / 2));
    } else if (dragged.current > 3) {
      const { scale } = view.current;
      move({
        scale,
        x: view.current.x - (now[0] - before[0]) / scale,
        y: view.current.y - (now[1] - before[1]) / scale,
      });
    }
  };
  const onPointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId);
    if (dragged.current > 3 || event.type === 'pointercancel') return;
    const item = under(event);
    const now = shown.current;
    if (!now) return;
    if (item < 0) return onSelect(null);
    const id = now.ids[item];
    // The first click chooses, a click on the plus or on what is chosen opens.
    const [px] = point(event);
    const edge = (now.boxes[item * 4] + now.boxes[item * 4 + 2] - view.current.x) * view.current.scale - px;
    const plus =
      !(now.flags[item] & Flag.Open) && edge < 20 && now.boxes[item * 4 + 2] * view.current.scale > 60;
    if (now.flags[item] & Flag.Expandable && (plus || id === focus)) onToggle(id);
    else onSelect(id);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const now = shown.current;
    const paint = painter.current;
    if (!now || !paint || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = focus ? now.ids.indexOf(focus) : -1;
    const middle: [number, number] = [paint.width / 2, paint.height / 2];
    switch (event.key) {
      case 'ArrowRight':
      case 'ArrowLeft':
      case 'ArrowUp':
      case 'ArrowDown': {
        const to = at < 0 ? 0 : itemToward(now, at, event.key);
        if (to >= 0) {
          onSelect(now.ids[to]);
          setLabel(now.names[to]);
        }
        break;
      }
      case 'Enter':
        if (at >= 0 && now.flags[at] & Flag.Expandable) onToggle(now.ids[at]);
        break;
      case 'Escape':
        if (at < 0) return;
        onSelect(now.parents[at] >= 0 ? now.ids[now.parents[at]] : null);
        break;
      case '+':
      case '=':
        move(zoom(view.current, 1.3, ...middle));
        break;
      case '-':
        move(zoom(view.current, 1 / 1.3, ...middle));
        break;
      case '0':
        move(fitView(now.bounds, paint.width, paint.height));
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="picture grow" ref={box}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it handles its own keys, and says so */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label="Graph of hosts, containers and connections. Arrow keys move, Enter opens and folds, Escape goes up, plus and minus zoom, 0 shows all. The panel says the same in words."
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onPointerLeave={() => painter.current?.hover(-1)}
        onKeyDown={onKeyDown}
      />
      <span className="visually-hidden" aria-live="polite">
        {label}
      </span>
      {!scene && (
        <div className="waiting">
          <Skeleton lines={4} />
        </div>
      )}
      {children}
      <div className="zoom">
        <button
          type="button"
          className="button icon"
          aria-label="Nearer"
          onClick={() =>
            move(zoom(view.current, 1.4, painter.current!.width / 2, painter.current!.height / 2))
          }
        >
          <Icon name="plus" size={14} />
        </button>
        <button
          type="button"
          className="button icon"
          aria-label="Farther"
          onClick={() =>
            move(zoom(view.current, 1 / 1.4, painter.current!.width / 2, painter.current!.height / 2))
          }
        >
          <Icon name="minus" size={14} />
        </button>
        <button
          type="button"
          className="button"
          onClick={() =>
            scene && move(fitView(scene.bounds, painter.current!.width, painter.current!.height))
          }
        >
          Fit
        </button>
      </div>
      <div className="legend small" aria-hidden="true">
        <span>Score</span>
        {bandNames.slice(0, 4).map((name, i) => (
          <span key={name}>
            <i className={`fill-${bandColours[i]}`} /> {name}
          </span>
        ))}
        <span>
          <i className="ring" /> reached from the Internet
        </span>
      </div>
    </div>
  );
}

function Panel({
  selected,
  scene,
  opened,
  onSelect,
  onToggle,
}: {
  selected: Selected | null;
  scene: Scene | null;
  opened: string[];
  onSelect: (id: string | null) => void;
  onToggle: (id: string) => void;
}) {
  const top = useMemo(() => {
    if (!scene) return [];
    return scene.ids
      .flatMap((id, i) =>
        scene.parents[i] < 0
          ? [
              {
                id,
                name: scene.names[i],
                note: scene.notes[i].split(' · ')[0],
                score: scene.scores[i],
                kind: ['network', 'group', 'host', 'container', 'process'][scene.kinds[i]],
              },
            ]
          : [],
      )
      .sort((a, b) => b.score - a.score);
  }, [scene]);
  if (!selected)
    return (
      <aside className="drawer side" aria-label="What is shown">
        <header>
          <h2>Most at risk</h2>
        </header>
        <div className="content" tabIndex={0} role="region" aria-label="Groups, most at risk first">
          <p className="muted small">
            Choose something in the picture or here. What is chosen opens with a second click or Enter.
          </p>
          <ul className="plain-list">
            {top
              .filter((item) => item.kind !== 'network')
              .slice(0, 60)
              .map((item) => (
                <li key={item.id}>
                  <button type="button" onClick={() => onSelect(item.id)}>
                    <KindIcon kind={item.kind === 'group' ? 'image' : item.kind} />
                    <span className="grow clip">
                      {item.name} <span className="muted small">{item.note}</span>
                    </span>
                    <Score value={item.score} />
                  </button>
                </li>
              ))}
          </ul>
        </div>
      </aside>
    );
  const isOpen = opened.includes(selected.id);
  const asset = selected.kind === 'host' || selected.kind === 'container';
  const inbound = selected.neighbours.filter((row) => row.inbound);
  const outbound = selected.neighbours.filter((row) => !row.inbound);
  return (
    <aside className="drawer side" aria-label={selected.name}>
      <header>
        <div className="stack tight">
          <div className="row tight small">
            {selected.above.map((item) => (
              <span key={item.id}>
                <button type="button" className="link" onClick={() => onSelect(item.id)}>
                  {item.name}
                </button>{' '}
                /
              </span>
            ))}
          </div>
          <h2 className="row tight break">
            <KindIcon kind={selected.kind === 'group' ? 'image' : selected.kind} />
            {selected.name}
          </h2>
        </div>
        <button type="button" className="button plain icon" aria-label="Close" onClick={() => onSelect(null)}>
          <Icon name="close" />
        </button>
      </header>
      <div className="content" tabIndex={0} role="region" aria-label={selected.name}>
        {selected.kind !== 'network' && (
          <dl className="facts">
            <dt>State</dt>
            <dd>
              {selected.id.startsWith('q:') ? (
                `${count(selected.children)} that neither listen nor are connected`
              ) : selected.kind === 'group' ? (
                `${count(selected.children)} hosts`
              ) : (
                <StateBadge state={selected.state} />
              )}
            </dd>
            {selected.kind !== 'process' && (
              <>
                <dt>Score</dt>
                <dd>
                  <Score value={selected.score} />
                </dd>
                <dt>Findings</dt>
                <dd className="row tight">
                  {count(selected.findings)}{' '}
                  {selected.severity && <SeverityBadge severity={selected.severity} />}
                </dd>
              </>
            )}
            <dt>Exposure</dt>
            <dd>
              <ReachBadge reach={(selected.exposure || 'none') as Reach} />
            </dd>
          </dl>
        )}
        <div className="row">
          {selected.expandable && (
            <button type="button" className="button primary" onClick={() => onToggle(selected.id)}>
              {isOpen
                ? 'Fold'
                : selected.kind === 'container' || selected.children === 0
                  ? 'Show its processes'
                  : `Open (${count(selected.children)})`}
            </button>
          )}
          {asset && (
            <>
              <Link className="button" href={`/assets/${encodeURIComponent(selected.id)}`}>
                Its page
              </Link>
              <Link className="button" href={href('/findings', { asset: selected.id })}>
                Findings
              </Link>
            </>
          )}
        </div>
        <Neighbours title="Called by" rows={inbound} onSelect={onSelect} />
        <Neighbours title="Calls" rows={outbound} onSelect={onSelect} />
        {selected.neighbours.length === 0 && (
          <p className="muted">
            No connection of it was seen. Sensors look every few seconds; shorter ones may be missed.
          </p>
        )}
      </div>
    </aside>
  );
}

function Neighbours({
  title,
  rows,
  onSelect,
}: {
  title: string;
  rows: Neighbour[];
  onSelect: (id: string) => void;
}) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>
        {title} {count(rows.length)}
      </h3>
      <ul className="plain-list">
        {rows.slice(0, 80).map((row) => (
          <li key={row.id}>
            <button type="button" onClick={() => onSelect(row.id)}>
              <KindIcon kind={row.kind === 'group' ? 'image' : row.kind} />
              <span className="grow clip">{row.name}</span>
              <span className="muted small nowrap">{row.ports}</span>
              {row.open ? (
                <span className="badge good">open</span>
              ) : (
                <span className="muted small">
                  <Time at={new Date(row.seen * 1000).toISOString()} />
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {rows.length > 80 && <p className="muted small">and {count(rows.length - 80)} more</p>}
    </section>
  );
}
