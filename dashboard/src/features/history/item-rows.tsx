import { useQuery } from '@tanstack/react-query';
import { escalationPoliciesQuery } from '@/api/alert-policy';
import { useMonitorName } from '@/components/use-monitor-name';
import { useTagName } from '@/components/use-tag-name';
import { useTargets } from '@/components/use-targets';
import type { ItemKind } from '@/components/versions/item-links';
import type { Trail, TrailRowsProps } from '@/components/versions/trail';
import { targetNotes } from '@/messages/alerting';
import { monitorsIn, type Names, rowsOf, settingsOf } from './fields';

const byId = (id: number): string => targetNotes.id(id);

/** Those of a window, which also those see who see a part of the organisation: only monitors are looked up. */
function WindowRows({ differences, definition, children }: TrailRowsProps) {
  const settings = Object.entries(definition).map(([field, after]) => ({ field, before: null, after }));
  const monitor = useMonitorName(monitorsIn([...differences, ...settings]));
  const names: Names = { monitor, tag: byId, policy: byId, target: ({ id }) => byId(id) };
  return children({
    rows: rowsOf(differences, 'maintenance-windows', names),
    settings: () => settingsOf(definition, 'maintenance-windows', names),
  });
}

interface PolicyRowsProps extends TrailRowsProps {
  kind: ItemKind;
}

/** Those of what says who is notified. */
function PolicyRows({ kind, differences, definition, children }: PolicyRowsProps) {
  const tag = useTagName();
  const { nameOf } = useTargets();
  const policies = useQuery(escalationPoliciesQuery).data;
  const policy = (id: number) => policies?.find((each) => each.id === id)?.name ?? byId(id);
  const names: Names = { monitor: byId, tag, policy, target: nameOf };
  return children({
    rows: rowsOf(differences, kind, names),
    settings: () => settingsOf(definition, kind, names),
  });
}

/** Settings in the words of the form, by what they are of. */
export const ITEM_ROWS: Record<ItemKind, Trail['Rows']> = {
  'maintenance-windows': WindowRows,
  'alert-routes': (props) => <PolicyRows kind="alert-routes" {...props} />,
  'escalation-policies': (props) => <PolicyRows kind="escalation-policies" {...props} />,
  'on-call-schedules': (props) => <PolicyRows kind="on-call-schedules" {...props} />,
};
