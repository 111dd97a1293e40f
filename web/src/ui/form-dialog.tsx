// A dialog that is a form: its fields, what went wrong, Cancel, and one button that does it.
import type { FormEvent, ReactNode } from 'react';
import { Notice } from './basics';
import { Dialog, useAction } from './dialog';

export function FormDialog({
  title,
  verb,
  action,
  onClose,
  disabled,
  wide,
  children,
}: {
  title: string;
  verb: string;
  action: () => Promise<unknown>; // closes by itself what it wants closed
  onClose: () => void;
  disabled?: boolean;
  wide?: boolean;
  children: ReactNode;
}) {
  const { run, busy, error } = useAction(action);
  return (
    <Dialog title={title} onClose={onClose} wide={wide}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          run();
        }}
      >
        {children}
        {error && (
          <div role="alert">
            <Notice tone="bad">{error}</Notice>
          </div>
        )}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy || disabled}>
            {busy ? 'Wait' : verb}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
