import { useQuery } from '@tanstack/react-query';
import { escalationPoliciesQuery } from '@/api/alert-policy';
import { channelsQuery } from '@/api/channels';
import type { VersionDifference } from '@/api/models';
import { useCan } from '@/api/use-session';
import { useMonitorName } from '@/components/use-monitor-name';
import { alertingMessages, targetNotes } from '@/messages/alerting';
import type { Names } from './fields';
import { idsIn } from './rows';

/** What the monitors, channels and policies are called that are in differences; what is gone, or not seen, by its id. */
export function useNames(
  differences: readonly Pick<VersionDifference, 'field' | 'before' | 'after'>[],
): Names {
  const { monitors, hasRecipients } = idsIn(differences);
  const seesPolicies = useCan('viewAlertPolicy');
  const channels = useQuery({ ...channelsQuery, enabled: hasRecipients }).data?.items;
  const policies = useQuery({ ...escalationPoliciesQuery, enabled: hasRecipients && seesPolicies }).data;
  const monitor = useMonitorName(monitors);
  return {
    monitor,
    channel(id) {
      const known = channels?.find((each) => each.id === id);
      return known?.name ?? (channels ? alertingMessages.deletedChannel : targetNotes.id(id));
    },
    policy(id) {
      const known = policies?.find((each) => each.id === id);
      return known?.name ?? targetNotes.id(id);
    },
  };
}
