import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { count } from '../state/numbers';
import { dateTime, shortDate, timeOfDay } from '../state/zone';
import { themeOf, type ChartTheme } from './theme';

echarts.use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

export interface RatingPoint {
  at: number;
  rating: number;
  change: number;
}

export interface RatingChartProps {
  /** Oldest first. */
  points: RatingPoint[];
  zone: string;
  scheme: 'light' | 'dark';
  label: string;
}

/** Matches stand at even distances: a busy evening reads as well as a quiet month. A rating has no zero, so neither has its axis. */
export default function RatingChart({ points, zone, scheme, label }: RatingChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);

  useEffect(() => {
    const made = echarts.init(box.current!, null, { renderer: 'canvas' });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => chart.current?.setOption(optionOf(points, zone, themeOf(scheme)), { notMerge: true }), [points, zone, scheme]);

  return <div ref={box} className="chart" style={{ height: 240 }} role="img" aria-label={label} />;
}

function optionOf(points: RatingPoint[], zone: string, theme: ChartTheme) {
  const text = { color: theme.text, fontFamily: 'Inter Variable', fontSize: 11 };
  const first = points[0]?.at ?? 0;
  const oneDay = points.length > 0 && shortDate(zone, first) === shortDate(zone, points.at(-1)!.at);
  const nameOf = oneDay ? timeOfDay : shortDate;
  return {
    animation: false,
    grid: { left: 4, right: 24, top: 12, bottom: 2, containLabel: true },
    xAxis: {
      type: 'category', data: points.map((point) => nameOf(zone, point.at)), boundaryGap: false, axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.line } }, axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: { type: 'value', scale: true, splitNumber: 4, minInterval: 1, axisLabel: { ...text, formatter: count }, splitLine: { lineStyle: { color: theme.line } } },
    tooltip: {
      trigger: 'axis', confine: true, backgroundColor: theme.surface, borderColor: theme.line, padding: [8, 10], textStyle: { ...text, fontSize: 12 },
      axisPointer: { type: 'line', lineStyle: { color: theme.other, type: 'solid', width: 1 } },
      formatter: (items: { dataIndex: number }[]) => tipOf(points[items[0]?.dataIndex ?? 0], zone),
    },
    series: [{ type: 'line', data: points.map((point) => point.rating), color: theme.hues[0], lineStyle: { width: 1.75 }, symbol: 'circle', symbolSize: 5, showSymbol: points.length < 60, emphasis: { disabled: true } }],
  };
}

function tipOf(point: RatingPoint | undefined, zone: string): string {
  if (!point) return '';
  const change = point.change > 0 ? `+${point.change}` : String(point.change).replace('-', '−');
  return `<div>${dateTime(zone, point.at)}</div><b style="color:var(--gk-text);font-variant-numeric:tabular-nums">${count(point.rating)}</b> (${change})`;
}
