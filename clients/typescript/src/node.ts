import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { EventStorage } from "./types.js";

export * from "./index.js";

interface Journal {
  live: Map<string, string>;
  bytes: number;
}

/**
 * A folder with one append-only journal per process: a line is one atomic write, a torn last line is ignored.
 * Journals of dead processes on this machine are taken over. `fsync: false` risks numbers used twice after a power cut.
 */
export function fileStorage(folder: string, { fsync = true }: { fsync?: boolean } = {}): EventStorage {
  mkdirSync(folder, { recursive: true });
  const journals = new Map<string, Journal>();
  const locks = new Set<string>();
  let tail: Promise<void> = Promise.resolve();

  const split = (key: string): [file: string, rest: string] => {
    const [scope = "", instance = "", ...rest] = key.split("/");
    return [`${safe(scope)}.${safe(instance)}.jsonl`, rest.join("/")];
  };
  const load = (file: string): Journal => {
    const journal: Journal = { live: new Map(), bytes: 0 };
    let text = "";
    try {
      text = readFileSync(join(folder, file), "utf8");
    } catch (error) {
      if (code(error) !== "ENOENT") throw error;
    }
    journal.bytes = text.length;
    for (const line of text.split("\n")) {
      if (!line) continue;
      try {
        const { p, r } = JSON.parse(line) as { p: Array<[string, string]>; r: string[] };
        for (const [key, value] of p) journal.live.set(key, value);
        for (const key of r) journal.live.delete(key);
      } catch {
        // torn by a crash: its events were never sent
      }
    }
    return journal;
  };

  const apply = async (puts: ReadonlyArray<readonly [string, string]>, removes: readonly string[]): Promise<void> => {
    const files = new Map<string, { p: Array<[string, string]>; r: string[] }>();
    const of = (file: string): { p: Array<[string, string]>; r: string[] } => {
      let change = files.get(file);
      if (!change) files.set(file, (change = { p: [], r: [] }));
      return change;
    };
    for (const [key, value] of puts) {
      const [file, rest] = split(key);
      of(file).p.push([rest, value]);
    }
    for (const key of removes) {
      const [file, rest] = split(key);
      of(file).r.push(rest);
    }
    // Files that gain come first: a move that is cut short leaves two copies, never none.
    for (const [file, change] of [...files].sort((a, b) => Number(b[1].p.length > 0) - Number(a[1].p.length > 0))) {
      let journal = journals.get(file);
      if (!journal) journals.set(file, (journal = load(file)));
      const next = new Map(journal.live);
      for (const [key, value] of change.p) next.set(key, value);
      for (const key of change.r) next.delete(key);
      if (next.size === 0) {
        remove(join(folder, file));
        journals.delete(file);
        continue;
      }
      const all = { p: [...next], r: [] as string[] };
      const compact = journal.bytes > 1 << 20 && journal.bytes > 4 * [...next].reduce((sum, [k, v]) => sum + k.length + v.length, 0);
      // The line break in front shuts off a torn line before it.
      const text = `\n${JSON.stringify(compact ? all : change)}\n`;
      const path = join(folder, compact ? `${file}.new` : file);
      const handle = await open(path, compact ? "w" : "a", 0o600);
      try {
        await handle.writeFile(text);
        if (fsync) await handle.datasync();
      } finally {
        await handle.close();
      }
      if (compact) renameSync(path, join(folder, file));
      journal.live = next;
      journal.bytes = compact ? text.length : journal.bytes + text.length;
    }
  };

  return {
    async entries(prefix) {
      await tail;
      const found: Array<[string, string]> = [];
      for (const file of readdirSync(folder)) {
        const match = /^([^.]+)\.([^.]+)\.jsonl$/.exec(file);
        if (!match) continue;
        const head = `${decodeURIComponent(match[1] ?? "")}/${decodeURIComponent(match[2] ?? "")}/`;
        if (!head.startsWith(prefix) && !prefix.startsWith(head)) continue;
        const journal = load(file);
        journals.set(file, journal);
        for (const [rest, value] of journal.live) if ((head + rest).startsWith(prefix)) found.push([head + rest, value]);
      }
      return found.sort((a, b) => (a[0] < b[0] ? -1 : 1));
    },
    write(puts, removes) {
      const done = tail.then(() => apply(puts, removes));
      tail = done.catch(() => undefined);
      return done;
    },
    lock(name) {
      const path = join(folder, `${safe(name)}.lock`);
      for (let attempt = 0; attempt < 2; attempt++) {
        try {
          writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { flag: "wx", mode: 0o600 });
          locks.add(path);
          owned.add(path);
          return () => {
            if (!locks.delete(path)) return;
            owned.delete(path);
            remove(path);
          };
        } catch (error) {
          if (code(error) !== "EEXIST") throw error;
          if (attempt > 0 || alive(path)) return null;
          remove(path);
        }
      }
      return null;
    },
    async close() {
      await tail;
    },
  };
}

const owned = new Set<string>();
const safe = (name: string): string => encodeURIComponent(name).replaceAll(".", "%2E");
const code = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (code(error) !== "ENOENT") throw error;
  }
}

function alive(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return false;
  }
  const [pid = 0, start = ""] = text.split(" ").map((part, i) => (i === 0 ? Number(part) : part)) as [number, string];
  if (!(pid > 0)) return false;
  if (pid === process.pid) return owned.has(path);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return code(error) === "EPERM";
  }
  return startOf(pid) === start;
}

/** When a process started, so that a number used again (pid 1 of a container) is not taken for the old owner. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
