import { useQueries } from '@tanstack/react-query';
import { fetchPlayer } from '../api/players';
import { useScope } from './scope';

const fresh = 5 * 60_000;

/** Names of these players, as far as they are known and have one. Each is asked for once. */
export function useNames(ids: string[]): ReadonlyMap<string, string> {
  const { app } = useScope();
  return useQueries({
    queries: [...new Set(ids)].map((id) => ({
      queryKey: ['name', app.id, id], staleTime: fresh, retry: false,
      queryFn: async ({ signal }: { signal: AbortSignal }) => [id, (await fetchPlayer(app.id, id, signal)).username] as const,
    })),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data?.[1] ? [[data[0], data[1]] as const] : []))),
  });
}
