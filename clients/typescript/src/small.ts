// What several files need and no library gives.

/** Version 4; crypto.randomUUID is missing on pages served by plain http. */
export function uuid(): string {
  const bytes = new Uint8Array(16);
  if (typeof globalThis.crypto !== "undefined") crypto.getRandomValues(bytes);
  else for (let i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** FNV-1a, twice: names of stored things do not show the key. */
export function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const byte of new TextEncoder().encode(text)) {
    a = Math.imul(a ^ byte, 0x01000193) >>> 0;
    b = Math.imul(b ^ byte, 0x85ebca6b) >>> 0;
  }
  return a.toString(36) + b.toString(36);
}

/** Timers alone do not keep a Node process alive. */
export function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

export function positive(value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!(value > 0)) throw new RangeError(`${value} is not a positive number`);
  return value;
}

/** False only where the platform knows that there is no network. */
export const mayBeOnline = (): boolean => globalThis.navigator?.onLine !== false;
