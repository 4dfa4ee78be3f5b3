import type { SearchKind } from '@/api/models';
import { formatQuantity } from '@/lib/format';
import { PAGE_TITLES } from './terms';

/** Whether keys are called as on a Mac. */
export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The key that goes with others, as it is written on the keyboard. */
const MODIFIER = IS_MAC ? '⌘' : 'Ctrl ';

/** Texts of the command menu. */
export const commandMessages = {
  open: 'Search and commands',
  button: 'Search',
  openKeys: `${MODIFIER}K`,
  loadFailed: 'Could not open the command menu',
  placeholder: 'Search, or go to a page',
  results: 'Results',
  found: (count: number) => formatQuantity(count, 'result'),
  nothing: 'Nothing found',
  searching: 'Searching',
  late: (titles: readonly string[]) =>
    `Took too long: ${titles.join(', ')}. Add a word to narrow the search.`,
  failed: 'Search failed. Pages and actions still work.',
  recent: 'Recent pages',
  pages: 'Pages',
  actions: 'Actions',
  organisations: 'Switch organisation',
  more: 'Add a word to see more',
  ongoing: 'Ongoing',
  shortcuts: 'Keyboard shortcuts',
  light: 'Use the light theme',
  dark: 'Use the dark theme',
  newMonitor: 'New monitor',
  newWindow: 'New maintenance window',
  newChannel: 'New channel',
  openMonitor: 'This monitor',
  pauseVerb: 'Pause',
  resumeVerb: 'Resume',
  pause: (name: string) => `Pause ${name}`,
  resume: (name: string) => `Resume ${name}`,
  backtest: 'Backtest',
  teams: 'Teams',
  calendars: 'Calendars',
  deliveries: 'Deliveries',
  schedules: 'SLA report schedules',
  keys: {
    move: 'Move between results, or between monitors in their table',
    checks: 'Go through the last checks of a monitor in the table',
    choose: 'Open the selected result',
    close: 'Close',
    monitors: 'Search monitors on their page',
    incidents: 'On the page of an incident: the next or the previous one',
  },
};

/** The headings of what was found. */
export const FOUND_TITLES: Record<SearchKind, string> = {
  monitor: PAGE_TITLES.monitors,
  incident: PAGE_TITLES.incidents,
  note: 'Notes',
  maintenance_window: PAGE_TITLES.maintenance,
  channel: 'Channels',
  status_page: PAGE_TITLES.statusPages,
  status_report: 'Status page reports',
  audit_event: 'Audit log',
};
