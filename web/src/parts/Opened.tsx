import { useEffect, useRef, type ReactNode } from 'react';

/** What was opened further down the page comes into view. */
export function Opened({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void box.current?.scrollIntoView({ block: 'nearest' }); // in braces: newer browsers answer with a promise
  }, []);
  return <div ref={box} style={{ minWidth: 0, scrollMarginTop: 72 }}>{children}</div>;
}
