import type { Hand } from './game';

// Drawn on a 48 × 48 grid, with lines of one weight.
const paths: Record<Hand | 'hidden' | 'none', string> = {
  rock: 'M9 33 6 23l7-11 12-5 12 5 5 11-3 11-10 7H17ZM13 12l7 9-3 20M20 21l13-4 4-5M33 17l6 17',
  paper: 'M12 5h17l8 8v30H12ZM29 5v8h8M18 21h13M18 27h13M18 33h9',
  scissors: 'M13 43a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM35 43a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM16.500 32 33 5M31.500 32 15 5M24 21v0',
  hidden: 'M14 22h20v18H14ZM18 22v-6a6 6 0 0 1 12 0v6M24 29v4',
  none: 'M24 24v0',
};

export function HandIcon({ hand, size }: { hand: Hand | 'hidden' | 'none'; size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 48 48" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[hand]} />
    </svg>
  );
}
