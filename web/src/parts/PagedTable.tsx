import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { Page } from '../api/http';
import { ProblemCard } from './Problem';
import { VirtualTable, type VirtualColumn } from './VirtualTable';

interface Props<T> {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  label: string;
  columns: VirtualColumn<T>[];
  rowId: (row: T) => string;
  empty: string;
}

/** What a call answers by cursor, as one long list. A page that does not come is asked for again only when somebody says so. */
export function PagedTable<T>({ query, ...table }: Props<T>) {
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const onMore = useCallback(() => { if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage(); }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  const problem = (onRetry: () => void) => <div className="panel-body" style={{ paddingTop: 16 }}><ProblemCard error={error} onRetry={onRetry} /></div>;
  if (error && !rows) return problem(() => void refetch());
  return (
    <>
      <VirtualTable {...table} rows={rows} hasMore={hasNextPage} onMore={onMore} />
      {isFetchNextPageError && problem(() => void fetchNextPage())}
    </>
  );
}
