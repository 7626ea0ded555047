import { useEffect, useRef, useState } from 'react';

const durationMs = 700;

/** `target`, reached in a short run of steps from what was shown before; at once for who asked for less motion. */
export function useCounted(target: number | null): number | null {
  const [shown, setShown] = useState(target);
  const from = useRef(target);
  useEffect(() => {
    const start = from.current;
    from.current = target;
    if (target === null || start === null || start === target || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setShown(target);
      return undefined;
    }
    const began = performance.now();
    let frame = 0;
    const step = (now: number) => {
      const part = Math.min((now - began) / durationMs, 1);
      setShown(Math.round(start + (target - start) * (1 - (1 - part) ** 3)));
      if (part < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return shown;
}
