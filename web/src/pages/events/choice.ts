import type { Dimension, Metric } from '../../api/types';
import type { Search } from '../../state/search';
import type { SeriesChoice } from '../../state/series';
import { t } from '../../text/en';

export const dimensionsOf: Dimension[] = ['EVENT', 'PLATFORM', 'COUNTRY', 'VERSION'];

export interface Choice extends SeriesChoice {
  filterBy: Dimension | undefined;
  filterValues: string[];
}

/** What the address asks for. `filter` is a dimension and its values: COUNTRY:DE,FR. */
export function choiceOf(search: Search): Choice {
  const [by = '', values = ''] = splitOnce(search.filter ?? '');
  const filterBy = dimensionsOf.find((dimension) => dimension === by);
  const filterValues = values.split(',').filter(Boolean).map(decodeURIComponent);
  return {
    metric: (search.metric && search.metric in t.metrics ? search.metric : 'EVENTS') as Metric,
    event: search.event,
    split: dimensionsOf.find((dimension) => dimension === search.split),
    step: search.step,
    filterBy,
    filterValues,
    filter: filterBy && filterValues.length > 0 ? { dimension: filterBy, in: filterValues } : undefined,
  };
}

export function filterText(by: Dimension, values: string[]): string {
  return `${by}:${values.map((value) => value.replace(/[%,]/g, encodeURIComponent)).join(',')}`;
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
