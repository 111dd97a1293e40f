// Who is logged in, and what that role may do.
import { createContext, useContext } from 'react';
import type { Role, Session } from './api/types';

export interface SessionState {
  session: Session;
  setSession: (session: Session | null) => void;
}

export const SessionContext = createContext<SessionState | null>(null);

export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (!state) throw new Error('no session');
  return state;
}

const order: Role[] = ['read-only', 'user', 'admin'];
export function useMay(role: Role): boolean {
  return order.indexOf(useSession().session.role) >= order.indexOf(role);
}
