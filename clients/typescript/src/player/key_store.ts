import { uuid } from "../small.js";
import { siteTurns } from "./turns.js";

/** Where a sign-in is kept. Whoever shares a store shares the sign-in. */
export interface KeyStore {
  get(name: string): string | null;
  set(name: string, value: string | null): void;
  /** Runs one work at a time among all who share the store, so that a refresh token is never used twice. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Tells when somebody else who shares the store changed it; ends by the returned function. */
  watch(changed: () => void): () => void;
}

/** Lives as long as the process. */
export function memoryKeys(): KeyStore {
  const kept = new Map<string, string>();
  return {
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => void (value === null ? kept.delete(name) : kept.set(name, value)),
    exclusively: inTurn(),
    watch: () => () => undefined,
  };
}

/** One tab's own, over reloads. A tab that was duplicated starts empty instead of being the same player twice. */
export async function tabKeys(prefix = "gamekeeper.tab."): Promise<KeyStore> {
  const store = sessionStorage;
  const name = `${prefix}name`;
  if (!(await held(store.getItem(name)))) {
    for (const key of Object.keys(store)) if (key.startsWith(prefix)) store.removeItem(key);
    const own = prefix + uuid();
    store.setItem(name, own);
    await held(own);
  }
  return { ...webKeys(store, prefix), exclusively: inTurn(), watch: () => () => undefined };
}

/** All tabs of the site, over restarts of the browser. */
export function siteKeys(prefix = "gamekeeper.player."): KeyStore {
  const store = localStorage;
  return {
    ...webKeys(store, prefix),
    exclusively: siteTurns(store, `${prefix}turn`),
    watch(changed) {
      const heard = (event: StorageEvent): void => {
        if (event.storageArea === store && (event.key === null || event.key.startsWith(prefix))) changed();
      };
      addEventListener("storage", heard);
      return () => removeEventListener("storage", heard);
    },
  };
}

/** Takes the lock of that name for as long as the page lives. It waits a moment: a reloaded page lets go of it late. */
async function held(name: string | null): Promise<boolean> {
  if (name === null) return false;
  if (typeof navigator === "undefined" || !navigator.locks) return true; // plain http: duplicates are not noticed
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 1500);
  return new Promise((resolve) => {
    navigator.locks.request(name, { signal: late.signal }, () => {
      clearTimeout(timer);
      resolve(true);
      return new Promise(() => undefined);
    }).catch(() => resolve(false));
  });
}

function webKeys(store: Storage, prefix: string): Pick<KeyStore, "get" | "set"> {
  return {
    get: (name) => store.getItem(prefix + name),
    set: (name, value) => (value === null ? store.removeItem(prefix + name) : store.setItem(prefix + name, value)),
  };
}

function inTurn(): KeyStore["exclusively"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}
