// Users, API tokens and enrolment tokens. Secrets are shown once.
import { type FormEvent, useState } from 'react';
import { changed, usePages } from '../api/cache';
import { patch, post, remove } from '../api/client';
import type {
  ApiToken,
  ApiTokenWithSecret,
  EnrolmentToken,
  EnrolmentTokenWithSecret,
  Role,
  User,
  UserWithPassword,
} from '../api/types';
import { count } from '../lib/format';
import { useSession } from '../session';
import { Card, CopyBox, Empty, ErrorNotice, Field, Notice, Select, Skeleton, Time } from '../ui/basics';
import { Confirm, Dialog, toast, useAction } from '../ui/dialog';
import { FormDialog } from '../ui/form-dialog';
import { Icon } from '../ui/icons';

const roles: [string, string][] = [
  ['read-only', 'Read-only: sees everything, changes nothing'],
  ['user', 'User: scans, masks, imports advisories'],
  ['admin', 'Admin: everything'],
];
const key = (row: { id: string }) => row.id;

export function Users() {
  const { session } = useSession();
  const pages = usePages<User>('/users', ['settings'], key);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<User | null>(null);
  const [shown, setShown] = useState<UserWithPassword | null>(null);
  const change = async (user: User, body: Record<string, unknown>) => {
    try {
      const answer = await patch<UserWithPassword>(`/users/${encodeURIComponent(user.id)}`, body);
      if (answer.one_time_password) setShown(answer);
      changed('/users');
    } catch (error) {
      toast((error as Error).message, 'bad');
    }
  };
  return (
    <Card
      title="Users"
      extra={
        <button type="button" className="button primary" onClick={() => setAdding(true)}>
          <Icon name="plus" size={14} />
          Add a user
        </button>
      }
    >
      {pages.error && <ErrorNotice error={pages.error} retry={pages.reload} />}
      {pages.loading && <Skeleton />}
      <div className="scroll-x">
        <table className="simple">
          <thead>
            <tr>
              <th>Name</th>
              <th>Role</th>
              <th>State</th>
              <th>Last login</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.items.map((user) => (
              <tr key={user.id}>
                <td>
                  <b>{user.name}</b> {user.id === session.user_id && <span className="muted">(you)</span>}
                </td>
                <td>
                  <Select
                    label={`Role of ${user.name}`}
                    value={user.role}
                    options={roles.map(([value]) => [value, value])}
                    onChange={(role) => change(user, { role })}
                  />
                </td>
                <td>
                  {user.disabled ? (
                    <span className="badge bad">disabled</span>
                  ) : user.must_change_password ? (
                    <span className="badge warn">one-time password</span>
                  ) : (
                    <span className="badge good">active</span>
                  )}
                </td>
                <td>
                  <Time at={user.last_login_at} />
                </td>
                <td>
                  <div className="row" style={{ justifyContent: 'flex-end' }}>
                    <button
                      type="button"
                      className="button"
                      onClick={() => change(user, { reset_password: true })}
                    >
                      Reset password
                    </button>
                    {user.id !== session.user_id && (
                      <>
                        <button
                          type="button"
                          className="button"
                          onClick={() => change(user, { disabled: !user.disabled })}
                        >
                          {user.disabled ? 'Enable' : 'Disable'}
                        </button>
                        <button type="button" className="button danger" onClick={() => setRemoving(user)}>
                          Remove
                        </button>
                      </>
                    )}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {adding && (
        <AddUser
          onClose={() => setAdding(false)}
          onAdded={(user) => user.one_time_password && setShown(user)}
        />
      )}
      {shown?.one_time_password && (
        <Dialog title={`One-time password of ${shown.name}`} onClose={() => setShown(null)}>
          <p>It is shown only now. {shown.name} must choose another one at the first login.</p>
          <CopyBox text={shown.one_time_password} label="one-time password" />
          <footer>
            <button type="button" className="button primary" onClick={() => setShown(null)}>
              Done
            </button>
          </footer>
        </Dialog>
      )}
      {removing && (
        <Confirm
          title={`Remove ${removing.name}?`}
          verb="Remove"
          onClose={() => setRemoving(null)}
          action={async () => {
            await remove(`/users/${encodeURIComponent(removing.id)}`);
            changed('/users');
          }}
        >
          <p>Sessions and API tokens end at once. What {removing.name} did stays in the audit log.</p>
        </Confirm>
      )}
    </Card>
  );
}

function AddUser({ onClose, onAdded }: { onClose: () => void; onAdded: (user: UserWithPassword) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('user');
  const add = async () => {
    const user = await post<UserWithPassword>('/users', { name: name.trim(), role });
    changed('/users');
    onClose();
    onAdded(user);
  };
  return (
    <FormDialog title="Add a user" verb="Add" action={add} onClose={onClose}>
      <Field label="Name" hint="Letters, digits and . _ @ + -">
        {(id) => (
          <input
            id={id}
            className="input"
            required
            maxLength={100}
            pattern="[A-Za-z0-9._@+\-]+"
            autoCapitalize="none"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Select label="Role" showLabel value={role} options={roles} onChange={setRole} />
      <p className="muted">A one-time password is made and shown once.</p>
    </FormDialog>
  );
}

export function Tokens() {
  const { session } = useSession();
  const pages = usePages<ApiToken>('/tokens', ['settings'], key);
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('read-only');
  const [days, setDays] = useState('90');
  const [made, setMade] = useState<ApiTokenWithSecret | null>(null);
  const { run, busy, error } = useAction(async () => {
    setMade(
      await post<ApiTokenWithSecret>('/tokens', { name: name.trim(), role, expires_in_days: Number(days) }),
    );
    setName('');
    changed('/tokens');
  });
  const allowed = roles
    .map(([value]) => value)
    .slice(0, roles.findIndex(([value]) => value === session.role) + 1);
  return (
    <div className="stack">
      <Card title="Make an API token">
        <form
          className="row"
          style={{ alignItems: 'flex-end' }}
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            run();
          }}
        >
          <Field label="What it is for">
            {(id) => (
              <input
                id={id}
                className="input"
                required
                maxLength={100}
                placeholder="ci"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Select
            label="Role"
            showLabel
            value={role}
            options={allowed.map((value) => [value, value])}
            onChange={(value) => setRole(value as Role)}
          />
          <Select
            label="Ends in"
            showLabel
            value={days}
            options={[
              ['7', '7 days'],
              ['30', '30 days'],
              ['90', '90 days'],
              ['366', 'a year'],
            ]}
            onChange={setDays}
          />
          <button type="submit" className="button primary" disabled={busy}>
            Make
          </button>
        </form>
        {error && (
          <div style={{ marginTop: 10 }}>
            <Notice tone="bad">{error}</Notice>
          </div>
        )}
        {made && (
          <div className="stack" style={{ marginTop: 12 }}>
            <Notice tone="good">The token “{made.name}” is shown only now:</Notice>
            <CopyBox text={made.secret} label="API token" />
            <CopyBox
              text={`curl -H "Authorization: Bearer ${made.secret}" ${window.location.origin}/api/v1/overview`}
              label="example"
            />
          </div>
        )}
      </Card>
      <Card title="Your tokens">
        {pages.error && <ErrorNotice error={pages.error} retry={pages.reload} />}
        {pages.loading && <Skeleton />}
        {!pages.loading && pages.items.length === 0 && (
          <Empty icon="lock" title="You have no API token">
            <p>One lets a script call this console as you, with at most your role.</p>
          </Empty>
        )}
        {pages.items.length > 0 && (
          <div className="scroll-x">
            <table className="simple">
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Starts with</th>
                  <th>Role</th>
                  <th>Made</th>
                  <th>Last used</th>
                  <th>Ends</th>
                  <th>
                    <span className="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {pages.items.map((token) => (
                  <tr key={token.id}>
                    <td>
                      <b>{token.name}</b>
                    </td>
                    <td className="mono">{token.hint}…</td>
                    <td>{token.role}</td>
                    <td>
                      <Time at={token.created_at} />
                    </td>
                    <td>
                      <Time at={token.last_used_at} />
                    </td>
                    <td>
                      <Time at={token.expires_at} />
                    </td>
                    <td className="end">
                      <button
                        type="button"
                        className="button danger"
                        onClick={() => {
                          void remove(`/tokens/${encodeURIComponent(token.id)}`).then(
                            () => changed('/tokens'),
                            (failure) => toast(failure.message, 'bad'),
                          );
                        }}
                      >
                        Revoke
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </div>
  );
}

export function Enrolment() {
  const pages = usePages<EnrolmentToken>('/enrolment-tokens', ['settings', 'sensor'], key);
  const [name, setName] = useState('');
  const [uses, setUses] = useState('1');
  const [hours, setHours] = useState('24');
  const [made, setMade] = useState<EnrolmentTokenWithSecret | null>(null);
  const { run, busy, error } = useAction(async () => {
    setMade(
      await post<EnrolmentTokenWithSecret>('/enrolment-tokens', {
        name: name.trim(),
        max_uses: Number(uses),
        expires_in_hours: Number(hours),
      }),
    );
    setName('');
    changed('/enrolment-tokens');
  });
  return (
    <div className="stack">
      <Card title="Add a sensor">
        <div className="stack">
          <p className="muted">
            A token lets a sensor enrol once (or as often as you say); from then on it has a certificate of
            its own. The token also names this console's certificate authority, so the sensor cannot be led
            elsewhere.
          </p>
          <form
            className="row"
            style={{ alignItems: 'flex-end' }}
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              run();
            }}
          >
            <Field label="For">
              {(id) => (
                <input
                  id={id}
                  className="input"
                  maxLength={100}
                  placeholder="rack 7"
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
            </Field>
            <Field label="Sensors">
              {(id) => (
                <input
                  id={id}
                  className="input"
                  type="number"
                  min={1}
                  max={100000}
                  required
                  style={{ width: 90 }}
                  value={uses}
                  onChange={(event) => setUses(event.target.value)}
                />
              )}
            </Field>
            <Select
              label="Ends in"
              showLabel
              value={hours}
              options={[
                ['1', 'an hour'],
                ['24', 'a day'],
                ['168', 'a week'],
                ['8760', 'a year'],
              ]}
              onChange={setHours}
            />
            <button type="submit" className="button primary" disabled={busy}>
              Make the command
            </button>
          </form>
          {error && <Notice tone="bad">{error}</Notice>}
          {made && (
            <div className="stack">
              <Notice tone="good">Run this on the host, as root. It is shown only now.</Notice>
              <CopyBox text={made.command} label="command" />
              <p className="muted small">
                The host appears in the inventory within seconds of its start, without reloading.
              </p>
            </div>
          )}
        </div>
      </Card>
      <Card title="Tokens that may still be used">
        {pages.error && <ErrorNotice error={pages.error} retry={pages.reload} />}
        {pages.loading && <Skeleton />}
        {!pages.loading && pages.items.length === 0 && <p className="muted">None.</p>}
        {pages.items.length > 0 && (
          <div className="scroll-x">
            <table className="simple">
              <thead>
                <tr>
                  <th>For</th>
                  <th className="end">Used</th>
                  <th>Made by</th>
                  <th>Made</th>
                  <th>Ends</th>
                  <th>
                    <span className="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {pages.items.map((token) => (
                  <tr key={token.id}>
                    <td>
                      <b>{token.name || <span className="muted">no name</span>}</b>
                    </td>
                    <td className="end">
                      {count(token.uses)} of {count(token.max_uses)}
                    </td>
                    <td>{token.created_by}</td>
                    <td>
                      <Time at={token.created_at} />
                    </td>
                    <td>
                      <Time at={token.expires_at} />
                    </td>
                    <td className="end">
                      <button
                        type="button"
                        className="button danger"
                        onClick={() => {
                          void remove(`/enrolment-tokens/${encodeURIComponent(token.id)}`).then(
                            () => changed('/enrolment-tokens'),
                            (failure) => toast(failure.message, 'bad'),
                          );
                        }}
                      >
                        Revoke
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </div>
  );
}
