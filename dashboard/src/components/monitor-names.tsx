import { pickerMessages } from '@/messages/monitor-picker';
import { useMonitorName } from './use-monitor-name';

const MAX_NAMES = 3;

/** Monitors by name; of many the first ones. */
export function MonitorNames({
  ids,
  all,
}: {
  ids: readonly number[] /** What no ids stand for. */;
  all: string;
}) {
  const named = ids.slice(0, MAX_NAMES);
  const monitorName = useMonitorName(named);
  if (ids.length === 0) return all;
  const names = named.map(monitorName).join(', ');
  return ids.length > MAX_NAMES ? pickerMessages.namesAndMore(names, ids.length - MAX_NAMES) : names;
}
