import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { themeOf, type ChartTheme } from './theme';

export interface Tick {
  at: number;
  text: string;
}

/** Where a value of either axis stands, in pixels. */
export interface Scales {
  x: (value: number) => number;
  y: (value: number) => number;
  theme: ChartTheme;
  width: number;
}

interface Props {
  label: string;
  height: number;
  x: { from: number; to: number; ticks: (width: number) => Tick[]; name: string };
  y: { from: number; to: number; ticks: Tick[] };
  /** Room under the axis, for what the children draw there. */
  below?: number;
  children: (scales: Scales) => ReactNode;
}

const left = 46, right = 24, top = 10, bottom = 38;

/** Two plain axes, drawn at the size there is: for plots that no time runs along. What it shows is also told by a table. */
export function Plot({ label, height, x, y, below = 0, children }: Props) {
  const { ref, width } = useElementSize();
  const theme = themeOf(useComputedColorScheme('light'));
  const floor = height - bottom - below;
  const scales: Scales = {
    x: (value) => left + ((value - x.from) / (x.to - x.from)) * (width - left - right),
    y: (value) => floor - ((value - y.from) / (y.to - y.from)) * (floor - top),
    theme, width: width - left - right,
  };
  return (
    <div ref={ref} className="chart" style={{ height }}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label} style={{ display: 'block', fontSize: 11, fontVariantNumeric: 'tabular-nums' }} fill={theme.text}>
          {y.ticks.map((tick) => (
            <g key={tick.at}>
              <path d={`M${left} ${Math.round(scales.y(tick.at)) + 0.5}H${width - right}`} stroke={theme.line} />
              <text x={left - 8} y={scales.y(tick.at) + 4} textAnchor="end">{tick.text}</text>
            </g>
          ))}
          {x.ticks(scales.width).map((tick) => <text key={tick.at} x={scales.x(tick.at)} y={floor + 16} textAnchor="middle">{tick.text}</text>)}
          <text x={left + scales.width / 2} y={height - 4} textAnchor="middle">{x.name}</text>
          {children(scales)}
        </svg>
      )}
    </div>
  );
}

/** Round numbers from `from` to `to`, no more than `most`. */
export function roundTicks(from: number, to: number, most: number, text: (value: number) => string): Tick[] {
  const rough = (to - from) / Math.max(1, most);
  const unit = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * unit).find((n) => n >= rough) ?? 10 * unit;
  const ticks: Tick[] = []; // + 0: never “-0”
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + 1e-9; n += 1) ticks.push({ at: n * step + 0, text: text(n * step + 0) });
  return ticks;
}
