import type { OnCallLayer } from '@/api/models';
import type { ItemKind } from '@/components/versions/item-links';
import { formatQuantity } from '@/lib/format';
import { describeRestriction } from '@/messages/on-call';

interface ItemTexts {
  about: string;
  unchangedHint: string;
  kept: string;
}

const LIMITS = 'At most 200 versions are kept, for up to 400 days.';

/** What is kept of each, and what is no part of it. */
export const ITEM_TEXTS: Record<ItemKind, ItemTexts> = {
  'maintenance-windows': {
    about: `When it was and which monitors it was for. Which occurrences are cancelled is no part of it. ${LIMITS}`,
    unchangedHint: 'When the window is changed, what it was before is kept here and can be restored.',
    kept: 'Cancelled occurrences stay cancelled, unless there are none at that time any more.',
  },
  'alert-routes': {
    about: `Which incidents it took and who was notified. Its place among the routes is no part of it. ${LIMITS}`,
    unchangedHint: 'When the route is changed, what it was before is kept here and can be restored.',
    kept: 'The order of the routes stays as it is.',
  },
  'escalation-policies': {
    about: `Who was notified in turn, and when. ${LIMITS}`,
    unchangedHint: 'When the policy is changed, what it was before is kept here and can be restored.',
    kept: 'Incidents that follow the policy already are not affected.',
  },
  'on-call-schedules': {
    about: `Who took turns, and when. Overrides are no part of it. ${LIMITS}`,
    unchangedHint: 'When the schedule is changed, what it was before is kept here and can be restored.',
    kept: 'Overrides stay as they are.',
  },
};

export const itemMessages = {
  unreadable: 'This definition cannot be read',
  nameless: (id: number) => `#${id}`,
  /** Whether there are tags is another setting, and need not differ. */
  noneByName: 'None by name: all, unless there are tags',
  monitors: 'Monitors',
  rule: 'RRULE',
  recipients: 'Notify',
  recipientPolicy: 'Escalation policy',
  recipientChannels: 'Channels',
  continue: 'Continue with the next route',
  outsideHours: 'Outside these hours',
  steps: 'Steps',
  repeats: 'Repeat the steps',
  times: (count: number) => formatQuantity(count, 'time'),
  repeatAfter: 'Wait before repeating',
  expires: 'Acknowledgement expires after',
  never: 'Never',
  layers: 'Layers',
  step: (when: string, who: string, conditions: readonly string[]) =>
    [`${when}: ${who}`, ...conditions].join(' · '),
  layer: (number: number, { rotation, starts_at, restrictions = [] }: OnCallLayer, people: string) => {
    const often = `every ${rotation.every} ${rotation.unit}`;
    const limits = restrictions.map(describeRestriction);
    return [`${number}. ${people}`, `${often} from ${starts_at.replace('T', ' ')}`, ...limits].join(' · ');
  },
};
