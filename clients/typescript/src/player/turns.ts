import { finished, openDatabase } from "../indexed_db.js";
import { uuid } from "../small.js";
import { pause } from "./calls.js";

interface Turn {
  /** Works that ended so far. */
  count: number;
  owner: string | null;
  /** In ms since 1970. */
  until: number;
}

const leaseMs = 30_000; // longer than any one request
const catchUpMs = 1000;

/**
 * One work at a time among the tabs of a site; each finds in localStorage what the one before it left there.
 *
 * Two things that browsers do not give: Web Locks are missing on pages served by plain http, and localStorage reaches
 * other processes of the browser a little later than a lock does. Both come from one record in IndexedDB, whose
 * transactions follow one another over all tabs: who has the turn, and the number of works that ended. That number is
 * the last thing a work writes into localStorage, so whoever sees it there sees everything before it.
 */
export function siteTurns(store: Storage, name: string): <T>(work: () => Promise<T>) => Promise<T> {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  let opened: Promise<IDBDatabase | null> | undefined;

  async function turn<T>(work: () => Promise<T>): Promise<T> {
    const db = await (opened ??= openDatabase(name).catch(() => null));
    if (!db) return work(); // a private window: it is alone, or has the lock at least
    const mine = uuid();
    let before: Turn | null;
    while ((before = await take(db, mine, locks !== undefined)) === null) await pause(20 + Math.random() * 30);
    const { count } = before;
    const late = Date.now() + catchUpMs; // localStorage was cleared by hand
    while (Number(store.getItem(name)) < count && Date.now() < late) await pause(5);
    try {
      return await work();
    } finally {
      store.setItem(name, String(count + 1));
      await change(db, (now) => (now.owner === mine ? { count: count + 1, owner: null, until: 0 } : now));
    }
  }
  return (work) => (locks ? (locks.request(name, () => turn(work)) as ReturnType<typeof work>) : turn(work));
}

/** What the turn was before it became `mine`; null while somebody else has it. Whoever has the lock need not ask. */
async function take(db: IDBDatabase, mine: string, isSure: boolean): Promise<Turn | null> {
  let got: Turn | null = null;
  await change(db, (now) => {
    if (!isSure && now.owner !== null && Date.now() < now.until) return now;
    got = now;
    return { ...now, owner: mine, until: Date.now() + leaseMs };
  });
  return got;
}

async function change(db: IDBDatabase, next: (now: Turn) => Turn): Promise<void> {
  const tx = db.transaction("kv", "readwrite");
  const done = finished(tx);
  const kv = tx.objectStore("kv");
  const got = kv.get("turn");
  got.onsuccess = () => void kv.put(next((got.result as Turn | undefined) ?? { count: 0, owner: null, until: 0 }), "turn");
  await done;
}
