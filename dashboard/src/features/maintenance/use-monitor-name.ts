import { useQuery } from '@tanstack/react-query';
import { monitorNamesQuery } from '@/api/monitors';

/** What a monitor is called; its number as long as that is not known. */
export function useMonitorName(): (id: number) => string {
  const { data } = useQuery({ ...monitorNamesQuery(), select: namesById });
  return (id) => data?.get(id) ?? `#${id}`;
}

const namesById = ({ items }: { items: { id: number; name: string }[] }) =>
  new Map(items.map(({ id, name }) => [id, name]));
