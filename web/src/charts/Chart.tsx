import { useComputedColorScheme } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Skeleton } from '../parts/Page';
import type { TimeChartProps } from './TimeChart';

// ECharts is heavier than the rest of the dashboard together, so it comes after the page.
const TimeChart = lazy(() => import('./TimeChart'));

export function Chart(props: Omit<TimeChartProps, 'scheme'>) {
  const scheme = useComputedColorScheme('light');
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 260} />}>
      <TimeChart {...props} scheme={scheme} />
    </Suspense>
  );
}
