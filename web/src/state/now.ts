import { useEffect, useState } from 'react';

/** The present, floored to `ms`, so that what depends on it changes only then. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / ms) * ms);
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / ms) * ms), Math.min(ms, 5_000));
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
