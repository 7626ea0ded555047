import type { Cohort } from '../api/types';
import { count, share } from '../state/numbers';
import { plainDate } from '../state/zone';
import { t } from '../text/en';
import { heatOf, themeOf } from './theme';

interface Props {
  cohorts: Cohort[];
  days: number[];
  scheme: 'light' | 'dark';
}

/** Cohorts down, days across; a day that is not over is hatched. A table, so that it can be read aloud and copied. */
export function RetentionTriangle({ cohorts, days, scheme }: Props) {
  const sized = cohorts.filter((cohort) => cohort.size > 0);
  const means = days.map((_, i) => meanOf(sized, i));
  const top = Math.max(0.05, ...sized.flatMap((c) => c.retained.map((kept, i) => (days[i] === 0 ? 0 : (kept ?? 0) / c.size))));
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label={t.retention.title}>
      <table className="triangle">
        <thead>
          <tr>
            <th scope="col" style={{ textAlign: 'left' }}>{t.retention.cohort}</th>
            <th scope="col">{t.retention.players}</th>
            {days.map((day) => <th scope="col" key={day}>D{day}</th>)}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t.retention.mean}</th>
            <td><b>{count(sized.reduce((all, c) => all + c.size, 0))}</b></td>
            {means.map((mean, i) => <td key={days[i]}>{mean === null ? t.common.none : <b>{share(mean)}</b>}</td>)}
          </tr>
          {cohorts.map((cohort) => (
            <tr key={cohort.date}>
              <th scope="row">{plainDate(cohort.date)}</th>
              <td>{count(cohort.size)}</td>
              {days.map((day, i) => <Cell key={day} cohort={cohort} day={day} kept={cohort.retained[i] ?? null} top={top} scheme={scheme} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ cohort, day, kept, top, scheme }: { cohort: Cohort; day: number; kept: number | null; top: number; scheme: 'light' | 'dark' }) {
  if (kept === null) return <td className="hatch" title={t.retention.open}><span className="sr">{t.retention.open}</span></td>;
  if (cohort.size === 0) return <td className="muted">{t.common.none}</td>;
  const part = kept / cohort.size;
  const strength = Math.min(1, part / top);
  const { background, color } = heatOf(strength, themeOf(scheme));
  return (
    <td style={{ background, color }} title={t.retention.cell(plainDate(cohort.date), day, count(kept), count(cohort.size), share(part))}>
      {share(part)}
    </td>
  );
}

/** Over closed days only, weighted by size. */
function meanOf(cohorts: Cohort[], i: number): number | null {
  const closed = cohorts.filter((cohort) => cohort.retained[i] !== null && cohort.retained[i] !== undefined);
  const size = closed.reduce((all, cohort) => all + cohort.size, 0);
  return size > 0 ? closed.reduce((all, cohort) => all + (cohort.retained[i] ?? 0), 0) / size : null;
}
