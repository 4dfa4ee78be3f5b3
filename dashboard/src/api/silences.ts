import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Silence, SilenceInput } from './models';
import { bodyOf, ifMatch } from './transport';

const PER_PAGE = 200;

/** All that are not over, and those that are, which are kept for 30 days. */
export const silencesQuery = (withEnded: boolean) =>
  queryOptions({
    queryKey: keys.silenceList(withEnded),
    async queryFn({ signal }) {
      const silences: Silence[] = [];
      let cursor: string | undefined;
      do {
        const query = { cursor, limit: PER_PAGE, ...(withEnded && { ended: true }) };
        const page = await bodyOf(client.GET('/silences', { params: { query }, signal }));
        silences.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      return silences;
    },
  });

export const createSilence = (body: SilenceInput) => bodyOf(client.POST('/silences', { body }));

export const readSilence = (id: number) => bodyOf(client.GET('/silences/{id}', { params: { path: { id } } }));

export const updateSilence = ({ id, version }: Silence, body: SilenceInput) =>
  bodyOf(client.PATCH('/silences/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));

/** One that has not begun never does. */
export const endSilence = (id: number) => client.POST('/silences/{id}/end', { params: { path: { id } } });
