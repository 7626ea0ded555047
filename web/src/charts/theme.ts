// Colours of charts. The six hues are told apart with each kind of colour blindness; “other” is grey.
export interface ChartTheme {
  hues: readonly string[];
  other: string;
  text: string;
  line: string;
  surface: string;
  heat: { from: string; to: string };
}

export const light: ChartTheme = {
  hues: ['#0069b4', '#c94f00', '#008a69', '#a8559a', '#8a6d00', '#3c3f4a'],
  other: '#878b96', text: '#5d616d', line: '#e6e7eb', surface: '#ffffff',
  heat: { from: '#eef3fb', to: '#0b4f9e' },
};

export const dark: ChartTheme = {
  hues: ['#5aaef0', '#f08a4b', '#3cc9a3', '#d993cb', '#dcc04f', '#dfe1e8'],
  other: '#858995', text: '#a0a3af', line: '#25272f', surface: '#131419',
  heat: { from: '#172233', to: '#6fb6f5' },
};

export const themeOf = (scheme: 'light' | 'dark') => (scheme === 'dark' ? dark : light);

/** A colour of the heat ramp, 0 to 1, and the ink that reads best on it: never under 4.5 : 1. */
export function heatOf(strength: number, { heat }: ChartTheme): { background: string; color: string } {
  const from = channels(heat.from);
  const to = channels(heat.to);
  const mixed = from.map((value, i) => Math.round(value + (to[i]! - value) * strength));
  const [r, g, b] = mixed.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return { background: `rgb(${mixed.join(' ')})`, color: luminance > 0.179 ? '#000000' : '#ffffff' };
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}
