// Who is signed in: kept in sessionStorage, so it ends with the tab.
export interface Session {
  token: string;
  username: string;
  role: string;
  expiresAt: number;
}

const storageKey = 'gamekeeper.session';
const listeners = new Set<() => void>();
let current: Session | null = read();
let ended = false;

function read(): Session | null {
  try {
    const session = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null') as Session | null;
    return session && session.expiresAt > Date.now() ? session : null;
  } catch {
    return null;
  }
}

export function session(): Session | null {
  return current;
}

export function setSession(next: Session | null): void {
  current = next;
  if (next) ended = false;
  if (next) sessionStorage.setItem(storageKey, JSON.stringify(next));
  else sessionStorage.removeItem(storageKey);
  listeners.forEach((tell) => tell());
}

/** The server no longer takes the token. */
export function endSession(): void {
  if (!current) return;
  ended = true;
  setSession(null);
}

/** Whether somebody was signed in until the server said no: the sign-in page tells them why they see it. */
export function hasEnded(): boolean {
  return ended;
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
