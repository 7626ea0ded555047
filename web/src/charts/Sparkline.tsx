import { memo } from 'react';

/** A line without axes; the last, still filling piece is dashed. Decoration for the number beside it. */
export const Sparkline = memo(function Sparkline({ values, color = 'var(--gk-accent-text)' }: { values: number[]; color?: string }) {
  if (values.length < 2) return <svg viewBox="0 0 100 30" aria-hidden="true" />;
  const top = Math.max(...values, 1e-9);
  const at = (i: number) => `${((i / (values.length - 1)) * 100).toFixed(2)} ${(28 - (values[i]! / top) * 26).toFixed(2)}`;
  const last = values.length - 1;
  const settled = values.slice(0, last).map((_, i) => at(i)).join('L');
  return (
    <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true" fill="none" stroke={color} strokeWidth="1.5">
      <path d={`M${settled}`} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
      <path d={`M${at(last - 1)}L${at(last)}`} vectorEffect="non-scaling-stroke" strokeDasharray="3 3" />
    </svg>
  );
});
