// What a browser tells a page about its life. In Node nothing of this is ever heard.

export interface PageLife {
  online(): void;
  /** Hidden or about to go: perhaps the last moment. */
  leaving(): void;
  /** Back from the back/forward cache. */
  revived(): void;
}

/** Listens until the returned function is called. */
export function followPage(life: PageLife): () => void {
  if (typeof globalThis.addEventListener !== "function") return () => undefined;
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener("online", () => life.online(), { signal });
  addEventListener("pagehide", () => life.leaving(), { signal });
  addEventListener("pageshow", (event) => event.persisted && life.revived(), { signal });
  if (typeof document !== "undefined") {
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && life.leaving(), { signal });
  }
  return () => stop.abort();
}
