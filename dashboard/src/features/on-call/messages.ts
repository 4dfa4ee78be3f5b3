import type { OnCallLayer, RotationUnit } from '@/api/models';
import { formatDateIn, formatDuration, formatMoment, formatQuantity, formatTimeIn } from '@/lib/format';
import { formatTimeZone } from '@/lib/time-zone';
import { describeRestriction } from '@/messages/on-call';
import { WEEKDAY_NAMES } from '@/messages/weekdays';
import type { Span, View } from './timeline-scale';

export const onCallMessages = {
  about: 'Who is notified by the escalation policies that name a schedule.',
  schedules: 'Schedules',
  teams: 'Teams',
  calendars: 'Calendars',
  add: 'Add schedule',
  none: 'No on-call schedules yet',
  noneHint:
    'In a schedule people take turns being on call. Escalation policies that name it notify whoever is on call at that time.',
  you: 'You',
  youAre: (names: string[]) => `You are on call for ${listOf(names)}`,
  until: (at: string, now: number) =>
    `until ${formatMoment(at, zone())} (${formatDuration((Date.parse(at) - now) / 1_000)})`,
  untilFurther: 'with no end planned',
  nobody: 'Nobody is on call',
  nobodyShort: 'Nobody',
  now: 'Now',
  next: 'Next',
  from: (at: string) => `from ${formatMoment(at, zone())}`,
  noNext: 'Nobody planned',
  unreachable: 'Cannot be reached',
  unreachableHint: 'has no channel of their own',
  gone: 'No longer a member',
  /** Of whoever has left only this is known. */
  former: (id: number) => `Former member #${id}`,
  addOwnChannel: 'Add a channel of your own',
  nobodyPages: 'Nobody can page you: you have no channel of your own.',
  usedBy: (count: number) =>
    count === 0
      ? 'Not used by any escalation policy'
      : `Used by ${formatQuantity(count, 'escalation policy', 'escalation policies')}`,
  delete: 'Delete schedule',
  deleteHint: 'Its overrides, and the calendars that show it, are deleted with it.',
  edit: 'Edit schedule',
  final: 'On call',
  layer: (index: number) => `Layer ${index + 1}`,
  overrides: 'Overrides',
  noOverrides: 'No overrides planned',
  timeline: 'Timeline',
  table: 'Table',
  display: 'Display',
  period: 'Period',
  earlier: 'Earlier',
  later: 'Later',
  backToToday: 'Back to today',
  zone: 'Times shown in',
  timelineOf: (span: Span, timeZone: string) => `Timeline, ${spanText(span, timeZone)}`,
  shift: (name: string, span: Span, timeZone: string, isUnreachable = false) =>
    `${name}, ${momentRange(span, timeZone)}${isUnreachable ? ' · cannot be reached' : ''}`,
  person: 'On call',
  by: 'By',
  byOverride: 'Override',
  layers: 'Layers',
};

export const takeOverMessages = {
  action: 'Take over',
  of: (schedule: string) => `Take over ${schedule}`,
  who: 'Who',
  from: 'From',
  until: 'Until',
  zoneHint: (zone: string) => `Times in ${formatTimeZone(zone)}.`,
  saved: (name: string) => `${name} is on call by an override`,
  about: 'Whoever is planned for this time is not on call then.',
  delete: 'Delete override',
  deleteOf: (name: string) => `Delete the override of ${name}`,
  confirmDelete: 'Delete override?',
  deleteHint: 'Whoever the layers plan is on call again.',
  deleted: 'Override deleted',
  createdBy: (name: string) => `added by ${name}`,
  tooLong: 'Must be at most 92 days after the start',
};

export const VIEW_LABELS: Record<View, string> = {
  day: 'Today',
  week: '1 week',
  fortnight: '2 weeks',
  month: 'Month',
};

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const listFormat = new Intl.ListFormat('en-GB');
export const listOf = (names: string[]): string => listFormat.format(names);

/** "30 Nov – 6 Dec 2026". */
export function spanText({ from, until }: Span, timeZone: string): string {
  const [first, last] = [formatDateIn(from, timeZone), formatDateIn(until - 1, timeZone)];
  if (first === last) return first;
  const year = last.slice(-5);
  return `${first.endsWith(year) ? first.slice(0, -5) : first} – ${last}`;
}

/** "Mon 30 Nov, 09:00 – 17:00". */
export function momentRange({ from, until }: Span, timeZone: string): string {
  const sameDay = formatDateIn(from, timeZone) === formatDateIn(until, timeZone);
  const end = sameDay ? formatTimeIn(until, timeZone) : formatMoment(until, timeZone);
  return `${formatMoment(from, timeZone)} – ${end}`;
}

const UNITS: Record<RotationUnit, string> = { hours: 'hour', days: 'day', weeks: 'week' };
export const UNIT_LABELS: Record<RotationUnit, string> = { hours: 'Hours', days: 'Days', weeks: 'Weeks' };

/** "every week, Monday at 09:00". */
function describeRotation({ rotation: { every, unit }, starts_at: start }: OnCallLayer): string {
  const turn = every === 1 ? `every ${UNITS[unit]}` : `every ${formatQuantity(every, UNITS[unit])}`;
  const time = start.slice(11, 16);
  if (unit === 'hours') return turn;
  if (unit === 'days') return `${turn} at ${time}`;
  const weekday =
    Object.values(WEEKDAY_NAMES)[(new Date(`${start.slice(0, 10)}T00:00Z`).getUTCDay() + 6) % 7];
  return `${turn}, ${weekday} at ${time}`;
}

/** "Hand-off every week, Monday at 09:00 · daily 09:00–17:00". */
export function describeLayer(layer: OnCallLayer): string {
  const { people, restrictions = [] } = layer;
  const turns = people.length > 1 ? `Hand-off ${describeRotation(layer)}` : 'Always the same person';
  return [turns, ...restrictions.map(describeRestriction)].join(' · ');
}

export const editorMessages = {
  new: 'New on-call schedule',
  edit: 'Edit on-call schedule',
  example: 'Primary',
  zoneHint: 'Hand-offs and restrictions follow the clocks of this zone, also when they change.',
  layersHint: 'Where several layers have somebody on call, the lowest of them decides.',
  addLayer: 'Add layer',
  removeLayer: (index: number) => `Remove layer ${index + 1}`,
  moveLayer: (index: number, up: boolean) => `Move layer ${index + 1} ${up ? 'up' : 'down'}`,
  people: 'People in the order of their turns',
  addPerson: 'Add person',
  choosePerson: 'Choose a person',
  moveUp: (name: string) => `Move ${name} up`,
  moveDown: (name: string) => `Move ${name} down`,
  removePerson: (name: string) => `Remove ${name}`,
  noPeople: 'Nobody yet',
  every: 'Hand-off every',
  unit: 'Unit',
  startsAt: 'First hand-off',
  startsHint: 'The first person’s turn begins then, and nobody is on call before.',
  applies: 'Applies',
  always: 'Always',
  sometimes: 'At certain times',
  restriction: (index: number) => `Time ${index + 1}`,
  addTime: 'Add time',
  removeTime: (index: number) => `Remove time ${index + 1}`,
  fromDay: 'Day',
  from: 'From',
  untilDay: 'Until day',
  until: 'Until',
  everyDay: 'Every day',
  nextDay: 'Until the next day',
  preview: 'Preview',
  previewHint: (zone: string) => `Without overrides. Times in ${formatTimeZone(zone)}.`,
  noPreview: 'Complete the layers to see who will be on call.',
  atLeastOnePerson: 'Choose at least one person',
  maxPeople: 'Must be at most 50 turns',
  you: (name: string) => `${name} (you)`,
};

export const teamMessages = {
  about: 'Members of a team are notified together when an escalation policy names it.',
  add: 'Add team',
  edit: 'Edit team',
  none: 'No teams yet',
  noneHint: 'A team is a group of members who are notified together when an escalation policy names it.',
  example: 'Platform',
  atLeastOne: 'Choose at least one member',
  count: (count: number) => formatQuantity(count, 'member'),
  unreachable: (names: string[]) => `${listOf(names)} cannot be reached: no channel of their own`,
  delete: 'Delete team',
  deleteHint: 'Its members stay in the organisation.',
  loadFailed: (reason: string) => `Could not load the members: ${reason}`,
};

export const calendarMessages = {
  about:
    'Calendar apps read your shifts from these addresses. Whoever has an address sees the shifts, so keep it secret.',
  add: 'Add calendar',
  none: 'No calendars yet',
  noneHint: 'Subscribe to your shifts, or to a whole schedule, in the calendar app that you use.',
  mine: 'My shifts',
  mineInAll: 'My shifts in all schedules',
  shows: 'Shows',
  created: 'Calendar created',
  use: 'In your calendar app, add a calendar by URL.',
  deleted: 'Calendar deleted',
  delete: 'Delete calendar',
  deleteOf: (name: string) => `Delete the calendar of ${name}`,
  confirmDelete: 'Delete calendar?',
  deleteHint: 'Its address stops working, and the shifts disappear from the apps that read it.',
  neverRead: 'never read',
  lastRead: 'last read ',
  scheduleWithId: (id: number) => `#${id}`,
  addedOn: (date: string) => `added ${date}`,
};
