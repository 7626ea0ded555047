import type { QualityBin } from '../api/ratings';
import { compact, count, share } from '../state/numbers';
import { t } from '../text/en';
import { Plot, type Scales, type Tick } from './Plot';

const percents: Tick[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: `${Math.round(at * 100)}%` }));

/** What was foretold against what happened: a dot a bin, larger with more matches, with its interval and its count. */
export function CalibrationPlot({ bins, height }: { bins: QualityBin[]; height: number }) {
  const told = bins.filter((bin) => bin.matches > 0);
  const label = `${t.ratings.calibration}: ${told.map(textOf).join('; ')}`;
  return (
    <Plot label={label} height={height} below={20} x={{ from: 0, to: 1, ticks: () => percents, name: t.ratings.foretold }} y={{ from: 0, to: 1, ticks: percents }}>
      {(scales) => (
        <>
          <path d={`M${scales.x(0)} ${scales.y(0)}L${scales.x(1)} ${scales.y(1)}`} stroke={scales.theme.other} strokeDasharray="4 4" />
          {told.map((bin) => <Dot key={bin.from} bin={bin} most={Math.max(...told.map((one) => one.matches))} scales={scales} />)}
          {bins.map((bin) => (
            <text key={bin.from} x={scales.x((bin.from + bin.to) / 2)} y={scales.y(0) + 34} textAnchor="middle" opacity={bin.matches > 0 ? 1 : 0.5}>{compact(bin.matches)}</text>
          ))}
        </>
      )}
    </Plot>
  );
}

function Dot({ bin, most, scales }: { bin: QualityBin; most: number; scales: Scales }) {
  const [low, high] = intervalOf(bin);
  const x = scales.x(bin.foretold ?? 0);
  const hue = scales.theme.hues[0];
  return (
    <g>
      <title>{textOf(bin)}</title>
      <path d={`M${x} ${scales.y(low)}V${scales.y(high)}`} stroke={hue} strokeWidth="1.5" opacity="0.5" />
      <circle cx={x} cy={scales.y(bin.happened ?? 0)} r={3 + 6 * Math.sqrt(bin.matches / most)} fill={hue} fillOpacity="0.85" stroke={scales.theme.surface} />
    </g>
  );
}

function textOf(bin: QualityBin): string {
  return t.ratings.dot(share(bin.foretold ?? 0), share(bin.happened ?? 0), count(bin.matches));
}

/** Where the true share lies in 95 of 100 cases (Wilson's interval), by what was seen. */
export function intervalOf({ matches, happened }: QualityBin): [number, number] {
  if (matches === 0 || happened === null) return [0, 1];
  const z = 1.96;
  const spread = z * Math.sqrt((happened * (1 - happened)) / matches + (z * z) / (4 * matches * matches));
  const middle = happened + (z * z) / (2 * matches);
  const whole = 1 + (z * z) / matches;
  return [Math.max(0, (middle - spread) / whole), Math.min(1, (middle + spread) / whole)];
}
