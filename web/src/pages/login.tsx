// Logging in, and the change of a one-time password before anything else.
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import type { Session } from '../api/types';
import { Field, Notice } from '../ui/basics';
import { useAction } from '../ui/dialog';

export function Login({ onSession }: { onSession: (session: Session) => void }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const { run, busy, error } = useAction(async () => {
    onSession(await request<Session>('POST', '/session', { user, password }, { quiet: true }));
  });
  return (
    <main className="login">
      <form
        className="card stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          run();
        }}
      >
        <div className="row" style={{ fontSize: 20, fontWeight: 700 }}>
          <img src="/favicon.svg" width="30" height="30" alt="" />
          <h1>Weir</h1>
        </div>
        <Field label="User">
          {(id) => (
            <input
              id={id}
              className="input"
              autoComplete="username"
              autoCapitalize="none"
              // biome-ignore lint/a11y/noAutofocus: it is all there is on the page
              autoFocus
              required
              value={user}
              onChange={(event) => setUser(event.target.value)}
            />
          )}
        </Field>
        <Field label="Password">
          {(id) => (
            <input
              id={id}
              className="input"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        {error && (
          <div role="alert">
            <Notice tone="bad">{error}</Notice>
          </div>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Logging in' : 'Log in'}
        </button>
        <p className="muted small">
          The first start of the console printed the user <code>admin</code> and a one-time password.
        </p>
      </form>
    </main>
  );
}

export function ChangePassword({
  session,
  onSession,
  first,
}: {
  session: Session;
  onSession: (session: Session) => void;
  first?: boolean;
}) {
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const { run, busy, error } = useAction(async () => {
    onSession(await request<Session>('POST', '/session/password', { old, new: next }, { quiet: true }));
  });
  const differ = again !== '' && again !== next;
  const short = next !== '' && next.length < 10;
  const form = (
    <form
      className={first ? 'card stack' : 'stack'}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!differ && !short) run();
      }}
    >
      {first && (
        <>
          <h1>Choose a password</h1>
          <p className="muted">
            You are logged in as <b>{session.user}</b> with a one-time password. Choose your own to go on.
          </p>
        </>
      )}
      <input type="text" name="user" autoComplete="username" value={session.user} readOnly hidden />
      <Field label={first ? 'One-time password' : 'Old password'}>
        {(id) => (
          <input
            id={id}
            className="input"
            type="password"
            autoComplete="current-password"
            required
            value={old}
            onChange={(event) => setOld(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="New password"
        hint={short ? `${10 - next.length} more characters` : 'At least 10 characters'}
      >
        {(id) => (
          <input
            id={id}
            className="input"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        )}
      </Field>
      <Field label="New password again" hint={differ ? 'The two differ' : undefined}>
        {(id) => (
          <input
            id={id}
            className="input"
            type="password"
            autoComplete="new-password"
            required
            value={again}
            onChange={(event) => setAgain(event.target.value)}
          />
        )}
      </Field>
      {error && (
        <div role="alert">
          <Notice tone="bad">{error}</Notice>
        </div>
      )}
      <button type="submit" className="button primary" disabled={busy || differ || short}>
        Change password
      </button>
    </form>
  );
  return first ? <main className="login">{form}</main> : form;
}
