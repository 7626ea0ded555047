import { LineChart, type LineSeriesOption } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { clockIn, dateTime, shortDate, timeOfDay } from '../state/zone';
import type { ChartData, Line } from './model';
import { themeOf, type ChartTheme } from './theme';

echarts.use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

export interface TimeChartProps {
  data: ChartData;
  zone: string;
  scheme: 'light' | 'dark';
  label: string;
  height?: number;
  format: (value: number) => string;
  formatAxis: (value: number) => string;
  fillingNote: string;
  /** The values are no counts, and may be shown without their zero. */
  floating?: boolean;
  /** Charts of one group share their crosshair. */
  group?: string;
  onPicture?: (picture: () => string) => void;
}

export default function TimeChart(props: TimeChartProps) {
  const { scheme, height = 260, group, onPicture, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);

  useEffect(() => {
    const made = echarts.init(box.current!, null, { renderer: 'canvas' });
    chart.current = made;
    if (group) {
      made.group = group;
      echarts.connect(group);
    }
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [group]);

  useEffect(() => {
    const theme = themeOf(scheme);
    chart.current?.setOption(optionOf(props, theme, box.current?.clientWidth ?? 600), { notMerge: false, replaceMerge: ['series'] });
    onPicture?.(() => chart.current?.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: theme.surface }) ?? '');
  });

  return <div ref={box} className="chart" style={{ height }} role="img" aria-label={label} />;
}

export function colourOf(line: Line, index: number, theme: ChartTheme): string {
  return line.role === 'main' ? theme.hues[index % theme.hues.length]! : theme.other;
}

function optionOf(props: TimeChartProps, theme: ChartTheme, width: number) {
  const { data, zone, format, formatAxis } = props;
  const days = data.step !== 'MINUTE' && data.step !== 'HOUR';
  const ticks = ticksOf(data, zone, Math.max(2, Math.floor(width / 90)));
  return {
    animation: false,
    grid: { left: 4, right: 22, top: 12, bottom: 2, containLabel: true },
    xAxis: {
      type: 'category', data: data.times.map(String), boundaryGap: false,
      axisLine: { lineStyle: { color: theme.line } }, axisTick: { show: false },
      axisLabel: {
        color: theme.text, fontFamily: 'Inter Variable', fontSize: 11, hideOverlap: true, interval: (i: number) => ticks.has(i),
        formatter: (value: string) => tickText(Number(value), zone, days),
      },
    },
    yAxis: {
      type: 'value', ...(props.floating ? { scale: true } : { min: 0 }), minInterval: 0, splitNumber: 4,
      axisLabel: { color: theme.text, fontFamily: 'Inter Variable', fontSize: 11, formatter: formatAxis },
      splitLine: { lineStyle: { color: theme.line } },
    },
    tooltip: {
      trigger: 'axis', confine: true, backgroundColor: theme.surface, borderColor: theme.line, padding: [8, 10],
      textStyle: { color: theme.text, fontFamily: 'Inter Variable', fontSize: 12 },
      axisPointer: { type: 'line', lineStyle: { color: theme.other, type: 'solid', width: 1 } },
      formatter: (items: { dataIndex: number }[]) => tipOf(items[0]?.dataIndex ?? 0, props, theme, format),
    },
    series: data.lines.flatMap((line, i) => drawn(line, colourOf(line, i, theme), data)),
  };
}

/** One line as two: what is settled, and dashed to the bucket that is still filling. */
function drawn(line: Line, color: string, data: ChartData): LineSeriesOption[] {
  const last = line.values.length - 1;
  const filling = data.filling && last > 0 && line.role !== 'previous';
  const alone = data.lines.filter((other) => other.role !== 'previous').length === 1;
  const shared: LineSeriesOption = {
    type: 'line', name: line.name, showSymbol: line.values.length === 1, symbolSize: 6, color, sampling: line.values.length > 3000 ? 'lttb' : undefined,
    emphasis: { disabled: true }, silent: true,
  };
  const settled: LineSeriesOption = {
    ...shared, id: `${line.role}:${line.name}`, data: filling ? [...line.values.slice(0, last), null] : line.values,
    lineStyle: { width: line.role === 'previous' ? 1.25 : 1.75, color, type: line.role === 'previous' ? [2, 3] : 'solid' },
    ...(alone && line.role === 'main' ? { areaStyle: { color, opacity: 0.08 } } : {}),
  };
  if (!filling) return [settled];
  const open = line.values.map((value, i) => (i >= last - 1 ? value : null));
  return [settled, { ...shared, id: `filling:${line.role}:${line.name}`, data: open, lineStyle: { width: 1.75, color, type: [4, 4] } }];
}

function tipOf(index: number, { data, zone, fillingNote }: TimeChartProps, theme: ChartTheme, format: (value: number) => string): string {
  const at = data.times[index];
  if (at === undefined) return '';
  const open = data.filling && index === data.times.length - 1 ? ` · ${escape(fillingNote)}` : '';
  const rows = data.lines.map((line, i) => {
    const value = line.values[index];
    const mark = `<span style="display:inline-block;width:8px;height:8px;border-radius:2px;margin-right:8px;background:${colourOf(line, i, theme)}"></span>`;
    return `<div style="display:flex;justify-content:space-between;gap:20px"><span>${mark}${escape(line.name)}</span>` +
      `<b style="color:var(--gk-text);font-variant-numeric:tabular-nums">${value === undefined ? '–' : escape(format(value))}</b></div>`;
  });
  const when = data.step === 'MINUTE' || data.step === 'HOUR' ? dateTime(zone, at).replace(/:00$/, '') : shortDate(zone, at);
  return `<div style="margin-bottom:4px">${escape(when)}${open}</div>${rows.join('')}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function tickText(at: number, zone: string, days: boolean): string {
  const c = clockIn(zone, at);
  return days || (c.hour === 0 && c.minute === 0) ? shortDate(zone, at) : timeOfDay(zone, at);
}

/** Ticks where a clock of the zone shows a round time, no more than fit. */
function ticksOf({ times, step }: ChartData, zone: string, max: number): Set<number> {
  const all = (wanted: (at: number, i: number) => boolean) => times.flatMap((at, i) => (wanted(at, i) ? [i] : []));
  if (step !== 'MINUTE' && step !== 'HOUR') {
    const every = Math.ceil(times.length / max);
    return new Set(all((_, i) => (times.length - 1 - i) % every === 0));
  }
  const minutes = times.map((at) => { const c = clockIn(zone, at); return c.hour * 60 + c.minute; });
  for (const every of [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]) {
    const found = all((_, i) => minutes[i]! % every === 0);
    if (found.length <= max) return new Set(found);
  }
  const midnights = all((_, i) => minutes[i] === 0);
  const every = Math.ceil(midnights.length / max);
  return new Set(midnights.filter((_, i) => i % every === 0));
}
