import { useComputedColorScheme } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Skeleton } from '../parts/Page';
import type { RatingChartProps } from './RatingChart';

const RatingChart = lazy(() => import('./RatingChart'));

/** A rating, match after match. */
export function RatingCurve(props: Omit<RatingChartProps, 'scheme'>) {
  const scheme = useComputedColorScheme('light');
  return (
    <Suspense fallback={<Skeleton height={240} />}>
      <RatingChart {...props} scheme={scheme} />
    </Suspense>
  );
}
