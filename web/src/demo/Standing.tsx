import type { View } from './play';
import { nameOf } from './names';
import { d } from './text';
import { useCounted } from './useCounted';

const rows = 7;

/** The rating, the rank, and who stands around it. */
export function Standing({ view }: { view: View }) {
  const { rating, ratingBefore, place, me } = view;
  const shown = useCounted(rating?.rating ?? null);
  const change = view.phase === 'over' && rating && ratingBefore ? rating.rating - ratingBefore.rating : 0;
  const isSettled = view.phase === 'over' && rating && ratingBefore && rating.gamesPlayed > ratingBefore.gamesPlayed;
  return (
    <>
      <section className="panel rating" aria-label={d.rating}>
        <div className="panel-head"><h2>{d.rating}</h2></div>
        <div className="panel-body">
          <p className="big num"><span aria-hidden="true">{shown ?? '–'}</span>
            <span className={`moved ${change > 0 ? 'good' : change < 0 ? 'bad' : ''}`} aria-hidden="true">{change === 0 ? '' : d.changed(change)}</span></p>
          <p className="muted rank num">{rating?.rank && place ? d.rank(rating.rank, place.total) : d.unranked}</p>
          <p className="sr" role="status">{isSettled ? d.ratingNow(rating.rating, change) : ''}</p>
        </div>
      </section>
      <section className="panel board" aria-label={d.board}>
        <div className="panel-head"><h2>{d.board}</h2></div>
        {place && place.rows.length > 0 ? (
          <table className="table" aria-label={d.board}>
            <thead><tr><th scope="col" className="end">{d.columns.rank}</th><th scope="col">{d.columns.player}</th><th scope="col" className="end">{d.columns.rating}</th></tr></thead>
            <tbody>
              {place.rows.slice(0, rows).map((row) => (
                <tr key={row.player_id} data-lit={row.player_id === me?.id || undefined} aria-current={row.player_id === me?.id || undefined}>
                  <td className="end">{row.rank}</td><td>{nameOf(row.player_id, row.username)}</td><td className="end">{row.score}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : <p className="empty">{d.boardEmpty}</p>}
      </section>
    </>
  );
}
