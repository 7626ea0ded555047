// The address is the state: every choice a page offers is one of these, as plain text.
export interface Search {
  app?: string;
  range?: string;
  from?: string;
  to?: string;
  zone?: string;
  compare?: string;
  metric?: string;
  event?: string;
  split?: string;
  filter?: string;
  step?: string;
  view?: string;
  cohorts?: string;
  days?: string;
  board?: string;
  season?: string;
  player?: string;
  session?: string;
  queue?: string;
  tab?: string;
  template?: string;
  webhook?: string;
  status?: string;
  q?: string;
  entry?: string;
  token?: string;
  next?: string;
}

const names = [
  'app', 'range', 'from', 'to', 'zone', 'compare', 'metric', 'event', 'split', 'filter', 'step', 'view', 'cohorts', 'days',
  'board', 'season', 'player', 'session', 'queue', 'tab', 'template', 'webhook', 'status', 'q', 'entry', 'token', 'next',
] as const satisfies readonly (keyof Search)[];

/** What stays when one goes from page to page. */
const kept = ['app', 'range', 'from', 'to', 'zone', 'compare'] as const satisfies readonly (keyof Search)[];

export function validateSearch(raw: Record<string, unknown>): Search {
  return pick(raw, names);
}

export function keptSearch(search: Search): Search {
  return pick(search as Record<string, unknown>, kept);
}

function pick(raw: Record<string, unknown>, wanted: readonly (keyof Search)[]): Search {
  const search: Search = {};
  for (const name of wanted) {
    const value = raw[name];
    if (value !== undefined && value !== null && value !== '') search[name] = String(value);
  }
  return search;
}

export function parseSearch(text: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}
