import { finished, openDatabase } from "./indexed_db.js";
import type { EventStorage } from "./types.js";

type Entries = Array<[string, string]>;
const byKey = (a: [string, string], b: [string, string]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** Lives as long as the process. Clients that share one object share their leftovers, like tabs do. */
export function memoryStorage(): EventStorage {
  const map = new Map<string, string>();
  const held = new Set<string>();
  return {
    entries: (prefix) => [...map].filter(([key]) => key.startsWith(prefix)).sort(byKey),
    write(puts, removes) {
      for (const [key, value] of puts) map.set(key, value);
      for (const key of removes) map.delete(key);
    },
    lock(name) {
      if (held.has(name)) return null;
      held.add(name);
      return () => void held.delete(name);
    },
  };
}

/** Written at once, within `track`; small (some 5 MB an origin). */
export function localStorageStorage(prefix = "gamekeeper:"): EventStorage {
  const store = globalThis.localStorage;
  return {
    ...browserTab,
    entries(under) {
      const found: Entries = [];
      for (let i = 0; i < store.length; i++) {
        const key = store.key(i);
        if (key?.startsWith(prefix + under)) found.push([key.slice(prefix.length), store.getItem(key) ?? ""]);
      }
      return found.sort(byKey);
    },
    // Events come before the state in `puts`: cut short between them, the next number is still found from the events.
    write(puts, removes) {
      for (const [key, value] of puts) store.setItem(prefix + key, value);
      for (const key of removes) store.removeItem(prefix + key);
    },
  };
}

export function indexedDbStorage(database = "gamekeeper"): EventStorage {
  let opened: Promise<IDBDatabase> | undefined;
  let ready: IDBDatabase | undefined;
  const open = (): Promise<IDBDatabase> => (opened ??= openDatabase(database).then((db) => (ready = db)));
  return {
    ...browserTab,
    async entries(prefix) {
      const tx = (await open()).transaction("kv", "readonly");
      const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
      const keys = tx.objectStore("kv").getAllKeys(range);
      const values = tx.objectStore("kv").getAll(range);
      await finished(tx);
      return keys.result.map((key, i): [string, string] => [String(key), String(values.result[i])]);
    },
    write(puts, removes) {
      const run = (db: IDBDatabase): Promise<void> => {
        const tx = db.transaction("kv", "readwrite", { durability: "strict" });
        const done = finished(tx);
        const store = tx.objectStore("kv");
        for (const [key, value] of puts) store.put(value, key);
        for (const key of removes) store.delete(key);
        tx.commit?.(); // now, so that a page that goes away in the next moment has written
        return done;
      };
      return ready ? run(ready) : open().then(run);
    },
    async close() {
      (await opened?.catch(() => undefined))?.close();
      opened = ready = undefined;
    },
  };
}

export function defaultStorage(): EventStorage {
  try {
    if (typeof indexedDB !== "undefined" && indexedDB) return indexedDbStorage();
    if (typeof document !== "undefined" && globalThis.localStorage) return localStorageStorage();
  } catch {
    // storage forbidden by the user: memory
  }
  return memoryStorage();
}

const deadAfterMs = 120_000; // timers of hidden tabs run once a minute

const browserTab = {
  remember(scope: string, instance?: string): string | null {
    try {
      const key = `gamekeeper-tab:${scope}`;
      if (instance !== undefined) sessionStorage.setItem(key, instance);
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  lock(name: string, waitMs: number): Promise<(() => void) | null> | (() => void) | null {
    const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
    if (!locks) return heartbeatLock(name);
    return new Promise((resolve) => {
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        if (lock) return new Promise<void>((release) => resolve(release));
        resolve(null);
        return undefined;
      };
      const abort = new AbortController();
      const request = waitMs > 0
        ? locks.request(`gamekeeper:${name}`, { signal: abort.signal }, (lock) => { clearTimeout(timer); return hold(lock); })
        : locks.request(`gamekeeper:${name}`, { ifAvailable: true }, hold);
      const timer = setTimeout(() => waitMs > 0 && abort.abort(), waitMs);
      request.catch(() => resolve(null));
    });
  },
} satisfies Partial<EventStorage>;

/** Without Web Locks (plain http): a time stamp in localStorage that a living tab keeps fresh. */
function heartbeatLock(name: string): (() => void) | null {
  try {
    const store = globalThis.localStorage;
    const key = `gamekeeper-alive:${name}`;
    if (Date.now() - Number(store.getItem(key)?.split("/")[1] ?? 0) < deadAfterMs) return null;
    const token = Math.random().toString(36).slice(2);
    const beat = (): void => {
      try { store.setItem(key, `${token}/${Date.now()}`); } catch { /* full: seen as dead, which costs only repeats */ }
    };
    beat();
    if (!store.getItem(key)?.startsWith(token)) return null;
    const timer = setInterval(beat, 5000);
    const release = (): void => {
      clearInterval(timer);
      removeEventListener("pagehide", onHide);
      if (store.getItem(key)?.startsWith(token)) store.removeItem(key);
    };
    const onHide = (event: PageTransitionEvent): void => void (event.persisted || release());
    addEventListener("pagehide", onHide);
    return release;
  } catch {
    return null;
  }
}
