import { common } from '@/messages/common';
import { Button } from './button';

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

interface Props {
  query: Pages;
  shown: number;
  /** How many there are, if that is known. */
  total?: number | undefined;
}

/** Loads the next page of a list. Renders nothing on the last one. */
export function ShowMore({ query, shown, total }: Props) {
  if (!query.hasNextPage) return null;
  return (
    <div className="mt-4 text-center">
      <Button busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {common.showMore}
      </Button>
      {total !== undefined && total > shown && (
        <p className="mt-2 text-ink-soft text-xs">{common.shown(shown, total)}</p>
      )}
    </div>
  );
}
