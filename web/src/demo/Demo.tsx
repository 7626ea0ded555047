import { useEffect, useSyncExternalStore } from 'react';
import icon from '../icon.svg';
import { Arena } from './Arena';
import { hands } from './game';
import type { Play, View } from './play';
import { Standing } from './Standing';
import { d, handKeys } from './text';

export function Demo({ play }: { play: Play }) {
  const view = useSyncExternalStore(play.subscribe, play.view);
  useHandKeys(play);
  return (
    <div className="demo">
      <header className="top">
        <span className="brand"><img src={icon} alt="" />Gamekeeper</span>
        <span className="grow" />
        <Connection view={view} />
        <a href="/">{d.dashboard}</a>
      </header>
      <main>
        <div className="page-head"><h1>{d.heading}</h1><p>{d.lead} {d.secondLong}</p></div>
        <div className="tables">
          <Arena view={view} play={play} />
          <aside className="stack"><Standing view={view} /></aside>
        </div>
      </main>
      <div className="trouble">{view.problem && (
        <div className="problem" role="alert">
          <span>{view.problem.code === 'not_found' && view.phase === 'starting' ? d.off : view.problem.message}</span>
          <button type="button" onClick={() => play.forgetProblem()}>{d.dismiss}</button>
        </div>
      )}</div>
    </div>
  );
}

function Connection({ view }: { view: View }) {
  const isOpen = view.connection === 'open';
  return <span className="live" role="status"><span className={`dot ${isOpen ? 'good' : 'warn'}`} />{d.connection[view.connection]}</span>;
}

/** R, P and S from anywhere on the page. */
function useHandKeys(play: Play): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const hand = hands.find((one) => handKeys[one].toLowerCase() === event.key.toLowerCase());
      if (hand) void play.choose(hand);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [play]);
}
