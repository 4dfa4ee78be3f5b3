import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import { bodyOf } from './transport';

const MAX_CHARS = 200;
const HAS_WORDS = /[\p{L}\p{N}]/u;

/** What the organisation has with these words; what was found before is shown until then. */
export const searchQuery = (text: string) => {
  const q = [...text].slice(0, MAX_CHARS).join('');
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
