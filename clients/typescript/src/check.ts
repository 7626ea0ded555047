// What can be known to be refused is refused here, before it gets a number.
import type { Properties } from "./types.js";

const namePattern = /^[A-Za-z0-9_.:/-]{1,128}$/;
const maxBytes = 32 * 1024;
const maxDepth = 8;

export interface Checked {
  name: string;
  properties: Properties | undefined;
  time: number | string;
}

export interface Refusal {
  code: string;
  detail: string;
  field: string;
}

export const isRefusal = (checked: Checked | Refusal): checked is Refusal => "code" in checked;

/** A copy of the properties as they will travel, so that the game may change its own object. */
export function checkEvent(name: string, properties: Properties | undefined, time: Date | number | string): Checked | Refusal {
  if (!namePattern.test(name)) return { code: "invalid_name", detail: `name must match ${namePattern.source}`, field: "name" };
  const millis = time instanceof Date ? time.getTime() : time;
  if (typeof millis === "number" && !Number.isFinite(millis)) return { code: "invalid_time", detail: "time is not a time", field: "time" };
  const checked = { name, time: typeof millis === "number" ? Math.round(millis) : millis };
  return properties === undefined ? { ...checked, properties } : withCopy(checked, properties);
}

export function checkPlayer(id: string): string {
  const length = typeof id === "string" ? [...id].length : 0;
  if (length < 1 || length > 128 || /[\p{Cc}\p{Cs}]/u.test(id)) throw new TypeError("playerId must be 1 to 128 characters without control characters");
  return id;
}

function withCopy(checked: Omit<Checked, "properties">, properties: Properties): Checked | Refusal {
  const refuse = (code: string, detail: string): Refusal => ({ code, detail, field: "properties" });
  let copy: unknown;
  try {
    const json = JSON.stringify(properties);
    if (new TextEncoder().encode(json).length > maxBytes) return refuse("too_large", "properties are over 32 KiB");
    copy = JSON.parse(json);
  } catch (error) {
    return refuse("invalid_properties", String(error));
  }
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) return refuse("invalid_properties", "properties must be an object");
  if (depth(copy) > maxDepth) return refuse("too_deep", "properties are deeper than 8");
  return { ...checked, properties: copy as Properties };
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(value)) deepest = Math.max(deepest, depth(inner));
  return deepest + 1;
}
