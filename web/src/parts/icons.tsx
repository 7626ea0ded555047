// Line icons of one weight, drawn on a 16 × 16 grid.
const paths = {
  overview: 'M2 13V8M6 13V3M10 13V6M14 13V9',
  events: 'M1.5 9.5 5 6l3 3 6.5-6.5M10.5 2.5h4v4',
  retention: 'M2 2v12h12M5 11V5M8.5 11V7.5M12 11V9.5',
  players: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c.5-2.6 2.3-4 4.5-4s4 1.4 4.5 4M10.5 2.8a2.5 2.5 0 0 1 0 4.4M12 9.8c1.3.6 2.2 1.8 2.5 3.7',
  sessions: 'M2 2.5h12v9H2zM5.5 14h5M6.5 5v4l3.5-2z',
  leaderboards: 'M1.5 14V9h4v5M5.5 14V3h5v11M10.5 14V7h4v7M1 14h14',
  ratings: 'M2 2v12h12M4.5 11.5 13 3M6 7.5v0M9.5 9v0M11 5.5v0',
  notifications: 'M3.5 11.5h9l-1.5-2V7a3 3 0 0 0-6 0v2.5zM6.8 13.8h2.4',
  pipeline: 'M1.5 4h5l3 8h5M1.5 12h5M9.5 4h5',
  apps: 'M6.5 9.5a3.5 3.5 0 1 1 2-2L14 13v1.5h-2.5V13H10v-1.5L8.5 9.5h-2ZM4.6 5.1v0',
  audit: 'M4 2h8v12H4zM6.5 5.5h3M6.5 8h3M6.5 10.5h2',
  health: 'M1.5 8h3l2-5 3 10 2-5h3',
  explorer: 'm5 4-4 4 4 4M11 4l4 4-4 4',
  docs: 'M2.5 3H7l1 1 1-1h4.5v10H9l-1 1-1-1H2.5zM8 4v9',
  menu: 'M2 4h12M2 8h12M2 12h12',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z',
  auto: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.5 1.5',
  hint: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5V11M8 5.2v0',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.7-3 3-4 5.500-4s4.800 1 5.500 4',
  plus: 'M8 3v10M3 8h10',
  chart: 'M2 13V8M6 13V3M10 13V6M14 13V9',
  table: 'M2 3h12v10H2zM2 7h12M7 3v10',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
