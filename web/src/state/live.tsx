import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { openStream, type Stream, type StreamState } from '../api/graphql';
import { fetchOverview, overviewStream, seriesStream } from '../api/insight';
import type { Metric, Overview, SeriesDelta, Step } from '../api/types';

interface Live {
  overview: Overview | null;
  state: StreamState;
  error: unknown;
  stream: Stream | null;
}

const LiveContext = createContext<Live>({ overview: null, state: 'connecting', error: null, stream: null });
export const useLive = () => useContext(LiveContext);

const pollMs = 2_000;

/** One subscription for the whole app; while it is down, the same numbers by asking. */
export function LiveProvider({ app, currency, children }: { app: string; currency: string; children: ReactNode }) {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [state, setState] = useState<StreamState>('connecting');
  const [error, setError] = useState<unknown>(null);
  const [stream, setStream] = useState<Stream | null>(null);

  useEffect(() => {
    setOverview(null);
    const opened = openStream(app, setState);
    const stop = opened.subscribe<{ overview: Overview }>(overviewStream, { currency }, (data) => {
      setError(null);
      setState('live');
      setOverview(data.overview);
    });
    setStream(opened);
    return () => {
      stop();
      opened.close();
    };
  }, [app, currency]);

  useEffect(() => {
    if (state === 'live') return undefined;
    const stop = new AbortController();
    const ask = () => fetchOverview(app, currency, stop.signal).then(
      (data) => { setOverview(data); setError(null); },
      (failure: unknown) => { if (!stop.signal.aborted) setError(failure); },
    );
    void ask();
    const timer = setInterval(() => { if (!document.hidden) void ask(); }, pollMs);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [app, currency, state]);

  const value = useMemo(() => ({ overview, state, error, stream }), [overview, state, error, stream]);
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>;
}

/** The newest value of each bucket that changed while one looks, by its start. */
export function useDeltas(metric: Metric, step: Step, event: string | undefined, enabled: boolean): ReadonlyMap<number, number> {
  const { stream } = useLive();
  const [deltas, setDeltas] = useState<ReadonlyMap<number, number>>(() => new Map());
  const pending = useRef(new Map<number, number>());

  useEffect(() => {
    pending.current = new Map();
    setDeltas(new Map());
    if (!stream || !enabled) return undefined;
    const stop = stream.subscribe<{ series: SeriesDelta }>(seriesStream, { metric, step, event }, ({ series }) => {
      pending.current.set(Date.parse(series.time), series.value);
      setDeltas(new Map(pending.current));
    });
    return stop;
  }, [stream, metric, step, event, enabled]);

  return deltas;
}
