import type { QualityFigure, RatingQuality } from '../../api/ratings';
import { Hint, Skeleton } from '../../parts/Page';
import { share } from '../../state/numbers';
import { t } from '../../text/en';

const r = t.ratings;
const always: QualityFigure[] = ['log_loss', 'brier', 'calibration_error', 'accuracy'];

export const figure = (value: number | null | undefined) => (value === null || value === undefined ? t.common.none : value.toFixed(3));

/** How well results were foretold, as `gamekeeper evaluate ratings` counts it. */
export function Figures({ quality }: { quality: RatingQuality | undefined }) {
  const shown: QualityFigure[] = quality?.pair_accuracy != null ? [...always, 'pair_accuracy'] : always;
  return (
    <div className="tiles" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))', marginBottom: 0 }}>
      {shown.map((name) => <Figure key={name} name={name} quality={quality} />)}
    </div>
  );
}

function Figure({ name, quality }: { name: QualityFigure; quality: RatingQuality | undefined }) {
  const text = r.figures[name];
  const value = quality?.[name];
  const isShare = name !== 'log_loss' && name !== 'brier';
  return (
    <section className="tile" style={{ minHeight: 96 }} aria-label={text.name}>
      <div className="tile-name">{text.name}<Hint name={text.name} text={text.how} /></div>
      <div className="tile-value" data-figure={name}>{!quality ? <Skeleton height={26} width={90} /> : value == null ? t.common.none : isShare ? share(value) : figure(value)}</div>
      <div className="tile-foot"><span className="num">{text.foot}</span></div>
    </section>
  );
}
