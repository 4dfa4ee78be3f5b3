import { useQuery } from '@tanstack/react-query';
import { monitorNamesQuery } from '@/api/monitors';
import { windowMessages } from './messages';

/** Looks up a monitor's name; shows its ID while that is unknown. */
export function useMonitorName(): (id: number) => string {
  const { data } = useQuery({ ...monitorNamesQuery(), select: namesById });
  return (id) => data?.get(id) ?? windowMessages.unknownMonitor(id);
}

const namesById = ({ items }: { items: { id: number; name: string }[] }) =>
  new Map(items.map(({ id, name }) => [id, name]));
