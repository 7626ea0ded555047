// Times of a zone without a library: Intl knows the zones, we only ask it for the parts.
const minuteMs = 60_000;
export const dayMs = 86_400_000;

export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
    formats.set(key, found);
  }
  return found;
}

export interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

export function clockIn(zone: string, at: number): Clock {
  const all = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const parts: Record<string, number> = {};
  for (const { type, value } of format(zone, all).formatToParts(at)) parts[type] = Number(value);
  return { year: parts.year!, month: parts.month!, day: parts.day!, hour: parts.hour!, minute: parts.minute! };
}

/** The instant at which a clock in `zone` shows this. Where it shows it twice, the first. */
export function instantOf(zone: string, clock: Clock): number {
  const wall = Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute);
  const shown = (at: number) => {
    const c = clockIn(zone, at);
    return Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute);
  };
  const guess = wall - (shown(wall) - wall);
  return guess - (shown(guess) - wall);
}

export function startOfDay(zone: string, at: number, daysAgo = 0): number {
  const c = clockIn(zone, at);
  const shifted = new Date(Date.UTC(c.year, c.month - 1, c.day - daysAgo));
  return instantOf(zone, {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(), hour: 0, minute: 0,
  });
}

export function dateIn(zone: string, at: number): string {
  const c = clockIn(zone, at);
  return `${c.year}-${two(c.month)}-${two(c.day)}`;
}

export function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** For <input type="datetime-local">. */
export function localInput(zone: string, at: number): string {
  const c = clockIn(zone, at);
  return `${c.year}-${two(c.month)}-${two(c.day)}T${two(c.hour)}:${two(c.minute)}`;
}

export function fromLocalInput(zone: string, text: string): number | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!m) return null;
  const [year, month, day, hour, minute] = m.slice(1).map(Number) as [number, number, number, number, number];
  return instantOf(zone, { year, month, day, hour, minute });
}

export function timeOfDay(zone: string, at: number): string {
  return format(zone, { hour: '2-digit', minute: '2-digit' }).format(at);
}

export function shortDate(zone: string, at: number): string {
  return format(zone, { day: 'numeric', month: 'short' }).format(at);
}

export function dateTime(zone: string, at: number | string): string {
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  if (!Number.isFinite(ms)) return '–';
  return format(zone, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' })
    .format(ms);
}

/** Without the seconds. */
export function shortDateTime(zone: string, at: number | string): string {
  return dateTime(zone, at).replace(/:\d\d$/, '');
}

export function plainDate(date: string): string {
  return format('UTC', { weekday: 'short', day: 'numeric', month: 'short' }).format(Date.parse(`${date}T00:00:00Z`));
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const floorTo = (at: number, ms: number) => Math.floor(at / ms) * ms;
export const ceilTo = (at: number, ms: number) => Math.ceil(at / ms) * ms;
export const quarterMs = 15 * minuteMs;

const two = (n: number) => String(n).padStart(2, '0');
