// Settings, and everything that is administered beside them.
import { lazy, type ReactNode, Suspense } from 'react';
import { Link } from '../lib/router';
import { useMay } from '../session';
import { Empty, Skeleton } from '../ui/basics';

const accounts = () => import('./accounts');
const Users = lazy(() => accounts().then((m) => ({ default: m.Users })));
const Tokens = lazy(() => accounts().then((m) => ({ default: m.Tokens })));
const Enrolment = lazy(() => accounts().then((m) => ({ default: m.Enrolment })));
const Sensors = lazy(() => import('./sensors').then((m) => ({ default: m.Sensors })));
const Audit = lazy(() => import('./sensors').then((m) => ({ default: m.Audit })));
const General = lazy(() => import('./general').then((m) => ({ default: m.General })));
const Webhooks = lazy(() => import('./general').then((m) => ({ default: m.Webhooks })));

export function Settings({ tab }: { tab: string }) {
  const admin = useMay('admin');
  const tabs: [string, string, boolean, () => ReactNode][] = [
    ['general', 'General', true, () => <General />],
    ['sensors', 'Sensors', true, () => <Sensors />],
    ['enrolment', 'Enrolment', admin, () => <Enrolment />],
    ['users', 'Users', admin, () => <Users />],
    ['tokens', 'API tokens', true, () => <Tokens />],
    ['webhooks', 'Webhooks', admin, () => <Webhooks />],
    ['audit', 'Audit log', admin, () => <Audit />],
  ];
  const current = tabs.find(([name]) => name === tab);
  return (
    <div className={`page ${tab === 'sensors' || tab === 'audit' ? 'fixed' : ''}`}>
      <h1>Settings</h1>
      <nav className="tabs" aria-label="Settings">
        {tabs
          .filter(([, , may]) => may)
          .map(([name, text]) => (
            <Link
              key={name}
              href={name === 'general' ? '/settings' : `/settings/${name}`}
              aria-current={tab === name ? 'page' : undefined}
            >
              {text}
            </Link>
          ))}
      </nav>
      <Suspense fallback={<Skeleton lines={6} />}>
        {!current ? (
          <Empty icon="search" title="There is no such page" />
        ) : !current[2] ? (
          <Empty icon="lock" title="Only an admin may see this">
            <p>Ask an admin of this console.</p>
          </Empty>
        ) : (
          current[3]()
        )}
      </Suspense>
    </div>
  );
}
