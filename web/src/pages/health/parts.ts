import type { Health } from '../../api/operate';

export interface Part {
  name: string;
  status: string;
  latencyMs?: number;
  lag?: number;
  version?: string;
  note?: string;
}

type Json = Record<string, unknown>;

/** Every object with a status, wherever the server put it: a list, a map by name, or at the top. */
export function partsOf(health: Health): Part[] {
  const found: Part[] = [];
  for (const [name, value] of Object.entries(health)) collect(name, value, found, 0);
  const seen = new Set<string>();
  return found.filter((part) => !seen.has(part.name) && seen.add(part.name));
}

function collect(name: string, value: unknown, found: Part[], depth: number): void {
  if (Array.isArray(value)) value.forEach((one, i) => collect(`${name} ${i}`, one, found, depth + 1));
  else if (isObject(value) && typeof value.status === 'string') found.push(partOf(name, value));
  else if (isObject(value) && depth < 2) for (const [key, one] of Object.entries(value)) collect(key, one, found, depth + 1);
}

const known = new Set(['name', 'component', 'status', 'latency_ms', 'lag', 'version', 'engine', 'details']);

function partOf(name: string, part: Json): Part {
  const value: Json = isObject(part.details) ? { ...part, ...part.details, status: part.status } : part;
  const version = [text(value.engine), text(value.version)].filter(Boolean).join(' ');
  const note = Object.entries(value).filter(([key, v]) => !known.has(key) && v !== null && v !== '' && typeof v !== 'object');
  return {
    name: text(value.name) ?? text(value.component) ?? name,
    status: String(value.status),
    ...pickNumber('latencyMs', value.latency_ms),
    ...pickNumber('lag', value.lag),
    ...(version ? { version } : {}),
    note: note.map(([key, v]) => (['detail', 'note', 'error'].includes(key) ? String(v) : `${key.replaceAll('_', ' ')}: ${String(v)}`)).join(', '),
  };
}

export function tone(status: string): 'good' | 'warn' | 'bad' | 'off' {
  if (/^(ok|up|healthy|pass|ready|serving)$/i.test(status)) return 'good';
  if (/^(degraded|warn|warning|starting|draining|behind)$/i.test(status)) return 'warn';
  return /^(off|disabled|none)$/i.test(status) ? 'off' : 'bad';
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
const pickNumber = (key: 'latencyMs' | 'lag', value: unknown) => (typeof value === 'number' ? { [key]: value } : {});
