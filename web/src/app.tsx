// The page as a whole: session, navigation, keyboard, and which page the URL means.
import { Component, lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { forgetAll, startLive, stopLive, useLiveState } from './api/cache';
import { ApiError, get, remove, setCsrf, setSignedOut } from './api/client';
import type { Session } from './api/types';
import { jumps, useGlobalKeys } from './lib/keys';
import { href, Link, matchPath, navigate, useLocation } from './lib/router';
import { ChangePassword, Login } from './pages/login';
import { Overview } from './pages/overview';
import { SessionContext, useSession } from './session';
import { Empty, Menu, Skeleton } from './ui/basics';
import { Dialog, Toasts } from './ui/dialog';
import { Icon, type IconName } from './ui/icons';
import { LiveNews, RunningScans } from './ui/running';
import { applyTheme, currentTheme, type Theme } from './ui/theme';

const Assets = lazy(() => import('./pages/assets').then((m) => ({ default: m.Assets })));
const AssetPage = lazy(() => import('./pages/asset').then((m) => ({ default: m.AssetPage })));
const FixFirst = lazy(() => import('./pages/fix-first').then((m) => ({ default: m.FixFirst })));
const Vulnerabilities = lazy(() =>
  import('./pages/vulnerabilities').then((m) => ({ default: m.Vulnerabilities })),
);
const Findings = lazy(() => import('./pages/findings').then((m) => ({ default: m.Findings })));
const Content = lazy(() => import('./pages/content').then((m) => ({ default: m.Content })));
const Rules = lazy(() => import('./pages/rules').then((m) => ({ default: m.Rules })));
const RuleFiles = lazy(() => import('./pages/rule-files').then((m) => ({ default: m.RuleFiles })));
const Packages = lazy(() => import('./pages/packages').then((m) => ({ default: m.Packages })));
const TopologyPage = lazy(() => import('./pages/topology').then((m) => ({ default: m.TopologyPage })));
const Scans = lazy(() => import('./pages/scans').then((m) => ({ default: m.Scans })));
const ScanPage = lazy(() => import('./pages/scan').then((m) => ({ default: m.ScanPage })));
const Masks = lazy(() => import('./pages/masks').then((m) => ({ default: m.Masks })));
const Advisories = lazy(() => import('./pages/advisories').then((m) => ({ default: m.Advisories })));
const Settings = lazy(() => import('./pages/settings').then((m) => ({ default: m.Settings })));

// MAIN: on a phone it is in the bar at the bottom, the others are under "More".
const navigation: { path: string; name: string; icon: IconName; also?: string[]; main?: boolean }[] = [
  { path: '/', name: 'Overview', icon: 'overview', main: true },
  { path: '/fix-first', name: 'Fix first', icon: 'wrench', main: true },
  { path: '/vulnerabilities', name: 'Vulnerabilities', icon: 'shield', also: ['/findings'] },
  { path: '/secrets', name: 'Secrets', icon: 'key', main: true },
  { path: '/malware', name: 'Malware', icon: 'bug' },
  { path: '/assets', name: 'Inventory', icon: 'server', main: true },
  { path: '/topology', name: 'Topology', icon: 'graph' },
  { path: '/packages', name: 'Packages', icon: 'box' },
  { path: '/scans', name: 'Scans', icon: 'scan' },
  { path: '/rules', name: 'Rules', icon: 'rules' },
  { path: '/masks', name: 'Masks', icon: 'mask' },
  { path: '/advisories', name: 'Advisories', icon: 'feed' },
  { path: '/settings', name: 'Settings', icon: 'gear' },
];

function route(path: string): { title: string; page: ReactNode } {
  const table: [string, string, (params: Record<string, string>) => ReactNode][] = [
    ['', 'Overview', () => <Overview />],
    ['/fix-first', 'Fix first', () => <FixFirst />],
    ['/vulnerabilities', 'Vulnerabilities', () => <Vulnerabilities />],
    ['/findings', 'Findings', () => <Findings />],
    ['/secrets', 'Secrets', () => <Content key="secret" kind="secret" />],
    ['/malware', 'Malware', () => <Content key="malware" kind="malware" />],
    ['/rules', 'Rules', () => <Rules />],
    ['/rules/files', 'Rule files', () => <RuleFiles />],
    ['/assets', 'Inventory', () => <Assets />],
    ['/assets/:id', 'Asset', ({ id }) => <AssetPage key={id} id={id} />],
    ['/topology', 'Topology', () => <TopologyPage />],
    ['/packages', 'Packages', () => <Packages />],
    ['/scans', 'Scans', () => <Scans />],
    ['/scans/:id', 'Scan', ({ id }) => <ScanPage key={id} id={id} />],
    ['/masks', 'Masks', () => <Masks />],
    ['/advisories', 'Advisories', () => <Advisories />],
    ['/settings', 'Settings', () => <Settings tab="general" />],
    ['/settings/:tab', 'Settings', ({ tab }) => <Settings tab={tab} />],
  ];
  for (const [pattern, title, make] of table) {
    const params = matchPath(pattern, path);
    if (params) return { title, page: make(params) };
  }
  return {
    title: 'Not found',
    page: (
      <div className="page">
        <Empty icon="search" title="There is no such page">
          <Link href="/">To the overview</Link>
        </Empty>
      </div>
    ),
  };
}

/** A page that breaks says so, and leaves the rest usable. */
class Guard extends Component<
  { children: ReactNode; place: string },
  { error: Error | null; place: string }
> {
  override state = { error: null as Error | null, place: this.props.place };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  static getDerivedStateFromProps(props: { place: string }, state: { place: string }) {
    return props.place === state.place ? null : { error: null, place: props.place };
  }
  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <div className="page">
        <Empty icon="alert" title="This page failed">
          <p className="mono small">{this.state.error.message}</p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Load it again
          </button>
        </Empty>
      </div>
    );
  }
}

export function App() {
  const [session, setSessionState] = useState<Session | null | undefined>(undefined);
  const [trouble, setTrouble] = useState('');
  const setSession = useCallback((next: Session | null) => {
    setCsrf(next?.csrf_token ?? '');
    if (!next) {
      forgetAll();
      stopLive();
    }
    setSessionState(next);
  }, []);
  useEffect(() => {
    setSignedOut(() => setSession(null));
    const read = () =>
      get<Session>('/session')
        .then((value) => {
          setTrouble('');
          setSession(value);
        })
        .catch((error) => {
          if (error instanceof ApiError && error.status === 401) return;
          setTrouble(error.message);
          setTimeout(read, 3000);
        });
    void read();
  }, [setSession]);
  const state = useMemo(() => (session ? { session, setSession } : null), [session, setSession]);
  if (session === undefined)
    return (
      <div className="login" role="status">
        {trouble ? `${trouble} Trying again.` : <span className="visually-hidden">Loading</span>}
      </div>
    );
  if (!state) return <Login onSession={setSession} />;
  if (state.session.must_change_password)
    return <ChangePassword session={state.session} onSession={setSession} first />;
  return (
    <SessionContext.Provider value={state}>
      <Shell />
    </SessionContext.Provider>
  );
}

function Shell() {
  const { path } = useLocation();
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  useGlobalKeys(useCallback(() => setHelp(true), []));
  useEffect(() => startLive(), []);
  const { title, page } = useMemo(() => route(path.replace(/\/+$/, '')), [path]);
  useEffect(() => {
    document.title = `${title} · Weir`;
    setMenu(false);
  }, [title]);
  const current = (item: { path: string; also?: string[] }) =>
    (item.path === '/' ? path === '/' : [item.path, ...(item.also ?? [])].some((p) => path.startsWith(p)))
      ? ('page' as const)
      : undefined;
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Link className="brand" href="/">
        <img src="/favicon.svg" width="22" height="22" alt="" />
        Weir
      </Link>
      <Top />
      <nav className={`nav ${menu ? 'open' : ''}`} aria-label="Pages">
        {navigation.map((item) => (
          <Link key={item.path} href={item.path} aria-current={current(item)}>
            <Icon name={item.icon} />
            {item.name}
          </Link>
        ))}
      </nav>
      <main className="main" id="main" tabIndex={-1}>
        <RunningScans />
        <Guard place={path}>
          <Suspense
            fallback={
              <div className="page">
                <Skeleton lines={6} />
              </div>
            }
          >
            {page}
          </Suspense>
        </Guard>
      </main>
      <nav className="tabbar" aria-label="Main pages">
        {navigation
          .filter((item) => item.main)
          .map((item) => (
            <Link key={item.path} href={item.path} aria-current={current(item)}>
              <Icon name={item.icon} size={18} />
              {item.name}
            </Link>
          ))}
        <button type="button" aria-expanded={menu} onClick={() => setMenu(!menu)}>
          <Icon name="menu" size={18} />
          More
        </button>
      </nav>
      <LiveNews />
      <Toasts />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

function Top() {
  const { session, setSession } = useSession();
  const live = useLiveState();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const [password, setPassword] = useState(false);
  const [text, setText] = useState('');
  const choose = (next: Theme) => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <header className="top">
      <form
        className="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const query = text.trim();
          if (!query) return;
          // A vulnerability's id leads to it; anything else is looked for in packages.
          if (/^(CVE|GHSA|DSA|DLA|RHSA|PYSEC|GO|RUSTSEC)-/i.test(query))
            navigate(href('/vulnerabilities', { q: query }));
          else navigate(href('/packages', { q: query }));
          setText('');
        }}
      >
        <Icon name="search" size={15} />
        <input
          type="search"
          className="input"
          aria-label="Find a package or a vulnerability"
          placeholder="Where is log4j? CVE-2021-44228?"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
      <span style={{ flex: 1 }} />
      <span
        className={`live ${live ? '' : 'off'}`}
        title={live ? 'What you see changes as it happens' : 'No stream of changes; trying again'}
      >
        {live ? 'Live' : 'Not live'}
      </span>
      <Menu
        className="button plain icon"
        label={
          <>
            <Icon name={theme === 'system' ? 'screen' : theme === 'dark' ? 'moon' : 'sun'} />
            <span className="visually-hidden">Theme: {theme}</span>
          </>
        }
      >
        {(['system', 'light', 'dark'] as const).map((item) => (
          <button type="button" key={item} aria-pressed={item === theme} onClick={() => choose(item)}>
            <Icon name={item === 'system' ? 'screen' : item === 'dark' ? 'moon' : 'sun'} />
            {{ system: 'As the system', light: 'Light', dark: 'Dark' }[item]}
            {item === theme && <Icon name="check" size={14} />}
          </button>
        ))}
      </Menu>
      <Menu
        className="button plain"
        label={
          <>
            <Icon name="user" />
            <span className="user-name">{session.user}</span>
            <span className="visually-hidden">: account</span>
          </>
        }
      >
        <Link href="/settings/tokens">API tokens</Link>
        <button type="button" onClick={() => setPassword(true)}>
          Change password
        </button>
        <a href="/api/openapi.yaml" target="_blank" rel="noreferrer">
          API document
        </a>
        <hr />
        <button
          type="button"
          onClick={() => {
            void remove('/session').finally(() => setSession(null));
          }}
        >
          Log out
        </button>
      </Menu>
      {password && (
        <Dialog title="Change password" onClose={() => setPassword(false)}>
          <ChangePassword
            session={session}
            onSession={(next) => {
              setSession(next);
              setPassword(false);
            }}
          />
        </Dialog>
      )}
    </header>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const rows: [string[], string][] = [
    [['/'], "Search: the page's filter"],
    [['j', 'k'], 'Next and previous row; arrows, Home, End and Page keys too'],
    [['Enter'], 'Open the row'],
    [['x'], 'Choose the row, where rows can be chosen'],
    [['Esc'], 'Close the drawer or dialog; leave the search'],
    [['?'], 'This help'],
    ...jumps.map(({ key, name }): [string[], string] => [['g', key], name]),
  ];
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="facts">
        {rows.map(([keys, text]) => (
          <div key={text} style={{ display: 'contents' }}>
            <dt className="row tight" style={{ gap: 4 }}>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <footer>
        <button type="button" className="button" onClick={onClose} data-autofocus>
          Close
        </button>
      </footer>
    </Dialog>
  );
}
