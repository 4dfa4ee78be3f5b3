import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { searchable } from '@/lib/words';
import { client } from './client';
import { keys } from './keys';
import { bodyOf } from './transport';

const HAS_WORDS = /[\p{L}\p{N}]/u;

/** What the organisation has with these words; what was found before is shown until then. */
export const searchQuery = (text: string) => {
  const q = searchable(text);
  return queryOptions({
    queryKey: keys.search(q),
    queryFn: ({ signal }) => bodyOf(client.GET('/search', { params: { query: { q } }, signal })),
    enabled: HAS_WORDS.test(q),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
    retry: false,
  });
};
