import { call, query, type Page } from './http';

export interface RatingQueue {
  queue: string;
  results: number;
}

/** Matches of two teams whose first was foretold to win with a chance between `from` and `to`. */
export interface QualityBin {
  from: number;
  to: number;
  matches: number;
  foretold: number | null;
  happened: number | null;
}

export interface RatingPeriod {
  from: string;
  matches: number;
  log_loss: number | null;
  rating: number | null;
  spread: number | null;
  deviation: number | null;
}

export type QualityFigure = 'log_loss' | 'brier' | 'calibration_error' | 'accuracy' | 'pair_accuracy';

export interface RatingQuality extends Record<QualityFigure, number | null> {
  queue: string;
  matches: number;
  foretold: number;
  behind: number;
  as_of: string | null;
  bins: QualityBin[];
  period_seconds: number;
  periods: RatingPeriod[];
}

export interface RatingBin {
  from: number;
  to: number;
  players: number;
}

export interface RatingDistribution {
  queue: string;
  players: number;
  lowest: number | null;
  highest: number | null;
  percentiles: { p5?: number; p25?: number; p50?: number; p75?: number; p95?: number };
  bins: RatingBin[];
}

const ratings = '/api/v1/ratings';

export async function fetchRatingQueues(app: string, signal?: AbortSignal): Promise<RatingQueue[]> {
  return (await call<Page<RatingQueue>>(`${ratings}/queues${query({ limit: 1000 })}`, { app, signal })).items;
}

export const fetchRatingQuality = (app: string, queue: string, signal?: AbortSignal) =>
  call<RatingQuality>(`${ratings}/quality${query({ queue })}`, { app, signal });

export const fetchRatingDistribution = (app: string, queue: string, signal?: AbortSignal) =>
  call<RatingDistribution>(`${ratings}/distribution${query({ queue })}`, { app, signal });
