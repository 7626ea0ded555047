import type { Series, Step } from '../api/types';

/** What a chart draws: one line, by name, over the chart's times. */
export interface Line {
  name: string;
  values: number[];
  total: number;
  role: 'main' | 'other' | 'previous';
}

export interface ChartData {
  times: number[];
  lines: Line[];
  step: Step;
  /** The last bucket is still filling. */
  filling: boolean;
}

export const seriesMax = 6;

/** At most six lines: where the server knows more, the five greatest and what is left of the whole. */
export function linesOf(series: Series[], whole: Series | undefined, additive: boolean, names: { other: string; unknown: string }): Line[] {
  const sorted = [...series].sort((a, b) => b.total - a.total);
  const lineOf = (s: Series): Line => ({ name: s.key || names.unknown, values: s.points.map((p) => p.value), total: s.total, role: 'main' });
  const shown = sorted.slice(0, seriesMax);
  const sum = shown.reduce((all, s) => all + s.total, 0);
  const more = sorted.length > seriesMax || (additive && whole !== undefined && whole.total > sum + 1e-6 && shown.length === seriesMax);
  if (!more || !additive || !whole) return shown.map(lineOf);
  const kept = shown.slice(0, seriesMax - 1);
  const values = whole.points.map((p, i) => Math.max(0, p.value - kept.reduce((all, s) => all + (s.points[i]?.value ?? 0), 0)));
  const total = Math.max(0, whole.total - kept.reduce((all, s) => all + s.total, 0));
  return [...kept.map(lineOf), { name: names.other, values, total, role: 'other' }];
}

export function csv(data: ChartData, timeName: string): string {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = [timeName, ...data.lines.map((line) => line.name)].map(quote).join(',');
  const rows = data.times.map((time, i) => [new Date(time).toISOString(), ...data.lines.map((line) => line.values[i] ?? '')].join(','));
  return [head, ...rows].join('\n') + '\n';
}

/** A table as CSV, its first row the names of the columns. */
export function downloadRows(name: string, rows: (string | number | null)[][]): void {
  const cell = (value: string | number | null) => (typeof value === 'string' && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value ?? '');
  const text = rows.map((row) => row.map(cell).join(',')).join('\n') + '\n';
  download(name, URL.createObjectURL(new Blob([text], { type: 'text/csv' })));
}

export function download(name: string, address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}
