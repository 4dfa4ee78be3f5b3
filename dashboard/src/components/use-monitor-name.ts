import { useQueries, useQuery } from '@tanstack/react-query';
import { monitorNamesQuery, monitorQuery, nameOf } from '@/api/monitors';
import { pickerMessages } from '@/messages/monitor-picker';

/** Names that are looked up one by one, at most. */
const MAX_LOOK_UPS = 20;

/**
 * The names of these monitors: those among the first thousand at once, others one by one. Shows an ID where a name is
 * not known.
 */
export function useMonitorName(ids: number[]): (id: number) => string {
  const { data: first } = useQuery({ ...monitorNamesQuery(), select: namesById });
  const missing = first?.complete === false ? ids.filter((id) => !first.names.has(id)) : [];
  const found = useQueries({
    queries: missing.slice(0, MAX_LOOK_UPS).map((id) => monitorQuery(id)),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.id, nameOf(data)]] : []))),
  });
  return (id) => first?.names.get(id) ?? found.get(id) ?? pickerMessages.unknown(id);
}

const namesById = (page: { items: { id: number; name: string }[]; next_cursor: string | null }) => ({
  names: new Map(page.items.map(({ id, name }) => [id, name])),
  complete: page.next_cursor === null,
});
