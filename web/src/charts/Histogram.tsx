import type { RatingBin } from '../api/ratings';
import { compact, count } from '../state/numbers';
import { t } from '../text/en';
import { Plot, roundTicks } from './Plot';

const plain = (value: number) => String(Math.round(value));

/** How many stand where; the line is the median. */
export function Histogram({ bins, median, height, label }: { bins: RatingBin[]; median: number | undefined; height: number; label: string }) {
  const from = bins[0]?.from ?? 0;
  const to = bins[bins.length - 1]?.to ?? 1;
  const most = Math.max(1, ...bins.map((bin) => bin.players));
  const ticks = roundTicks(0, most, 4, compact).filter((tick) => Number.isInteger(tick.at));
  return (
    <Plot label={label} height={height} y={{ from: 0, to: most * 1.05, ticks }}
      x={{ from, to, name: t.ratings.rating, ticks: (width) => roundTicks(from, to, Math.min(10, width / 56), plain) }}>
      {({ x, y, theme }) => (
        <>
          {bins.map((bin) => (
            <rect key={bin.from} x={x(bin.from) + 0.5} y={y(bin.players)} width={Math.max(1, x(bin.to) - x(bin.from) - 1.5)} height={y(0) - y(bin.players)} rx="2" fill={theme.hues[0]} fillOpacity="0.85">
              <title>{t.ratings.bar(plain(bin.from), plain(bin.to), `${count(bin.players)} ${t.ratings.playersColumn}`)}</title>
            </rect>
          ))}
          {median !== undefined && <path d={`M${x(median)} ${y(0)}V${y(most * 1.05)}`} stroke={theme.hues[1]} strokeWidth="1.5" strokeDasharray="4 3" />}
        </>
      )}
    </Plot>
  );
}
