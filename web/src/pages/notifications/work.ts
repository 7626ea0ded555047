import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useScope } from '../../state/scope';

/** An act of this page: afterwards what is shown of `what` is asked for again. */
export function useWork<A, R>(what: string, work: (app: string, argument: A) => Promise<R>, onDone?: (answer: R) => void) {
  const { app } = useScope();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (argument: A) => work(app.id, argument),
    onSuccess: async (answer) => {
      await queries.invalidateQueries({ queryKey: [what, app.id] });
      onDone?.(answer);
    },
  });
}
