import type { Region } from '@/api/models';
import { formatDuration, formatQuantity, formatShortDateTime } from '@/lib/format';
import { regionTexts } from '@/messages/regions';
import { STATE_LABELS } from '@/messages/terms';
import type { QUORUMS, Quorum } from './quorum';

/** The part of the form that says where a monitor is checked from. */
export const regionForm = {
  home: 'home region',
  hint: 'With several, each checks it as often as the interval says, one after the other.',
  gone: 'no longer among the regions',
  downWhen: 'Down when found by',
  choices: {
    one: 'Any one',
    majority: 'Majority',
    all: 'All',
    number: 'A number',
  } satisfies Record<(typeof QUORUMS)[number], string>,
  allHint: 'A region without results for three intervals is left out.',
  count: 'Regions that find it down',
  least: 'Regions with recent results',
  leastHint:
    'With fewer, nothing is decided and nobody is notified. Leave blank for as many as are needed to be down.',
};

/** What there is to know about a region that is offered; null where nothing is. */
export function regionNote({ name, pods, last_seen_at: seen }: Region, home: string): string | null {
  const notes = [
    name === home && regionForm.home,
    pods === 0 && (seen ? `no pinger since ${formatShortDateTime(seen)}` : 'no pinger now'),
  ].filter(Boolean);
  return notes.length > 0 ? notes.join(', ') : null;
}

/** "2 of 3 regions find it down". */
function finding({ down, of }: Quorum): string {
  if (down === of) return `all ${formatQuantity(of, 'region')} find it down`;
  return down === 1 ? `1 of ${of} regions finds it down` : `${down} of ${of} regions find it down`;
}

/** "Down when 2 of 3 regions find it down". */
export const describeQuorum = (quorum: Quorum): string => `Down when ${finding(quorum)}`;

/** With the seconds in which it is found that a monitor is down, at most, where they are known. */
export function explainQuorum(quorum: Quorum, seconds: number | null): string {
  const found = seconds === null ? '' : `; that is found within about ${formatDuration(seconds)}`;
  const seen = ` Decided while at least ${formatQuantity(quorum.min, 'region has', 'regions have')} recent results.`;
  return `${describeQuorum(quorum)}${found}.${seen}`;
}

/** The same of one region. */
export function explainOne(region: string, seconds: number | null): string {
  const found = seconds === null ? '' : `; that is found within about ${formatDuration(seconds)}`;
  return `Down when ${region} finds it down${found}.`;
}

/** Regions on the page of a monitor, and in the list. */
export const regionMessages = {
  checkedFrom: (regions: readonly string[]) => `${regionTexts.checkedFrom} ${regions.join(', ')}`,
  all: 'All regions',
  since: 'Since',
  never: 'Never',
  agree: (count: number, of: number, state: keyof typeof STATE_LABELS) =>
    `${count} of ${of} ${STATE_LABELS[state].toLowerCase()}`,
  absentHint: 'Absent: no results for three intervals. Such a region keeps an incident, and starts none.',
  unseen: (fresh: number, of: number, least: number | null) =>
    `Recent results from ${fresh} of ${of} regions${least === null ? '' : `, and ${least} are needed`}. Until there are more, nothing is decided: no incident starts or ends.`,
  lastDecided: (state: keyof typeof STATE_LABELS) => `Last decided: ${STATE_LABELS[state]}`,
};

/** Trying another quorum on past incidents. */
export const regionTrying = {
  none: 'The regions are tried as they are saved: there are no stored results of these.',
  notStored: (regions: readonly string[]) =>
    `Without ${regions.join(', ')}: there are no stored results from there.`,
};

/** "Majority", "2 of them", with the regions that must have results where that is set. */
export function quorumInWords(down: number | string, least: number | null): string {
  const labels: Record<string, string> = regionForm.choices;
  const needed = typeof down === 'number' ? formatQuantity(down, 'region') : (labels[down] ?? down);
  return least === null ? needed : `${needed}, with recent results from at least ${least}`;
}
