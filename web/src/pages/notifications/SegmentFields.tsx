import { NumberInput, SegmentedControl, Stack, TagsInput, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { countSegment, type Reach, type Segment } from '../../api/notifications';
import { ProblemCard } from '../../parts/Problem';
import { compact, count, share } from '../../state/numbers';
import { useScope, useZone } from '../../state/scope';
import { iso } from '../../state/range';
import { fromLocalInput } from '../../state/zone';
import { t } from '../../text/en';

const n = t.notifications;

/** What the form holds; texts, until they are read. */
export interface SegmentDraft {
  everybody: boolean;
  players: string[];
  min: string;
  max: string;
  since: string;
  before: string;
}

export const nobody: SegmentDraft = { everybody: true, players: [], min: '', max: '', since: '', before: '' };

/** The segment that is asked for; null while nothing is. */
export function segmentOf(draft: SegmentDraft, zone: string): Segment | null {
  if (draft.everybody) return { all: true };
  const number = (text: string) => (text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text));
  const time = (text: string) => { const at = fromLocalInput(zone, text); return at === null ? undefined : iso(at); };
  const min = number(draft.min), max = number(draft.max), since = time(draft.since), before = time(draft.before);
  const segment: Segment = {};
  if (draft.players.length > 0) segment.players = draft.players;
  if (min !== undefined || max !== undefined) segment.rating = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  if (since !== undefined || before !== undefined) segment.last_seen = { ...(since === undefined ? {} : { since }), ...(before === undefined ? {} : { before }) };
  return Object.keys(segment).length > 0 ? segment : null;
}

export function SegmentFields({ draft, onChange }: { draft: SegmentDraft; onChange: (draft: SegmentDraft) => void }) {
  const zone = useZone();
  const set = (change: Partial<SegmentDraft>) => onChange({ ...draft, ...change });
  return (
    <Stack gap="sm">
      <SegmentedControl size="xs" aria-label={n.whom} value={draft.everybody ? 'all' : 'some'} onChange={(value) => set({ everybody: value === 'all' })}
        data={[{ value: 'all', label: n.everybody }, { value: 'some', label: n.some }]} />
      {!draft.everybody && (
        <>
          <span className="muted" style={{ fontSize: '0.8125rem' }}>{n.allOfThese(zone)}</span>
          <div className="pair">
            <NumberInput label={n.ratingMin} value={draft.min} allowDecimal={false} hideControls onChange={(value) => set({ min: String(value) })} />
            <NumberInput label={n.ratingMax} value={draft.max} allowDecimal={false} hideControls onChange={(value) => set({ max: String(value) })} />
          </div>
          <div className="pair">
            <TextInput type="datetime-local" label={n.seenSince} value={draft.since} onChange={(event) => set({ since: event.currentTarget.value })} />
            <TextInput type="datetime-local" label={n.seenBefore} value={draft.before} onChange={(event) => set({ before: event.currentTarget.value })} />
          </div>
          <TagsInput label={n.onlyThese} placeholder={draft.players.length ? '' : n.playerIds} value={draft.players} maxTags={1000} splitChars={[',', ' ']} onChange={(players) => set({ players: [...new Set(players.flatMap((ids) => ids.split(/[,\s]+/).filter(Boolean)))] })} />
        </>
      )}
    </Stack>
  );
}

/** How many the segment has; asked for anew a moment after it has changed. */
export function useReach(segment: Segment | null) {
  const { app } = useScope();
  const [settled] = useDebouncedValue(JSON.stringify(segment), 300);
  const reach = useQuery({
    queryKey: ['reach', app.id, settled], enabled: settled !== 'null', placeholderData: keepPreviousData, staleTime: 10_000,
    queryFn: ({ signal }) => countSegment(app.id, JSON.parse(settled) as Segment, signal),
  });
  const isCurrent = segment !== null && settled === JSON.stringify(segment) && !reach.isPlaceholderData;
  return { reach: isCurrent ? reach.data : undefined, error: isCurrent ? reach.error : null };
}

/** “312 players”, or what is known of a larger app. */
export function reachText(reach: Reach): string {
  if (reach.whole) return n.reach(reach.meant);
  return n.reachAbout(share(reach.meant / Math.max(1, reach.looked_at)), compact(reach.players), count(reach.meant), count(reach.looked_at));
}

export function ReachLine({ reach, error, asked }: { reach: Reach | undefined; error: unknown; asked: boolean }) {
  if (error) return <ProblemCard error={error} />;
  return <div role="status" data-reach className="chip accent" style={{ justifySelf: 'start' }}>{!asked ? n.sayWhom : reach ? reachText(reach) : n.counting}</div>;
}
