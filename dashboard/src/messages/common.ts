import type { LimitKey } from '@/api/models';
import { formatCount, formatDuration } from '@/lib/format';

const UNITS: Partial<Record<number, string>> = {
  60: 'Every minute',
  3600: 'Every hour',
  86400: 'Every day',
};

/** What a limit of the plan is a number of. */
const LIMITED: Record<LimitKey, string> = {
  monitors: 'monitors',
  members: 'members and invitations',
  invitations: 'pending invitations',
  api_keys: 'API keys',
  channels: 'channels',
  maintenance_windows: 'maintenance windows',
  tags: 'tags',
  sla_reports: 'SLA reports',
  sla_schedules: 'schedules of SLA reports',
  report_templates: 'templates of reports',
  alert_routes: 'routes',
  silences: 'silences that are not over',
  escalation_policies: 'escalation policies',
  on_call_schedules: 'on-call schedules',
  teams: 'teams',
  running_drills: 'drills that are running',
  drills_per_day: 'drills today (UTC)',
  drill_schedules: 'schedules of drills',
  status_pages: 'status pages',
  checks_on_request_per_day: 'checks on request today (UTC)',
};

/** Texts that several features share. Those of one feature are in its own messages.ts. */
export const common = {
  all: 'All',
  cancel: 'Cancel',
  change: 'Change',
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  channels: 'Channels',
  close: 'Close',
  confirmDiscard: 'Discard changes?',
  deletedMonitor: 'Deleted monitor',
  disabled: 'Disabled',
  discard: 'Discard',
  enabled: 'Enabled',
  keepEditing: 'Keep editing',
  namelessMonitor: (id: number) => `#${id}`,
  loadLatest: 'Load the latest version',
  loading: 'Loading',
  name: 'Name',
  noChannels: 'No channels yet',
  noData: 'No data',
  noMatches: 'No matching monitors',
  noResults: 'No results yet',
  latestLoaded: 'Latest version loaded. Your own changes are kept: check them and save again.',
  notSaved: 'Your changes have not been saved.',
  productName: 'Uptime Monitor',
  pageNotFound: 'Page not found',
  password: 'Password',
  restore: 'Restore',
  retry: 'Retry',
  save: 'Save',
  seePlan: 'See plan and usage',
  sessionEndedUnsaved: 'Your session ended before this form was saved.',
  showFewer: 'Show fewer',
  showMore: 'Show more',
  timeZone: 'Time zone',
  toMonitors: 'Go to monitors',
  type: 'Type',
  every: (seconds: number) => UNITS[seconds] ?? `Every ${formatDuration(seconds)}`,
  edit: (name: string) => `Edit ${name}`,
  remove: (name: string) => `Delete ${name}`,
  confirmRemove: (name: string) => `Delete ${name}?`,
  saved: (name: string) => `${name} saved`,
  removed: (name: string) => `${name} deleted`,
  lastUpdate: (time: string) => `Last update ${time}`,
  since: (time: string) => `Since ${time}`,
  /** Between two other facts, before a time. */
  lastUsed: ' · last used ',
  showAll: (count: number) => `Show all ${formatCount(count)}`,
  shown: (shown: number, total: number) => `${formatCount(shown)} of ${formatCount(total)}`,
};

/** Failed requests. What else the server says of one is shown as it came. */
export const requestErrors = {
  noResponse: 'No response',
  unreachable: 'Could not reach the server. Check your connection and try again.',
  unexpectedStatus: (status: number) => `Unexpected response from the server (status ${status})`,
  unexpected: 'Unexpected error',
  notFound: 'Not found',
  deleted: 'It was deleted in the meantime.',
  stale: 'Somebody else has changed this in the meantime. Nothing of yours was saved.',
  limitReached: (key: LimitKey, limit: number, used: number) => {
    switch (key) {
      case 'checks_on_request_per_day':
        return `The plan allows ${formatCount(limit)} checks on request per day. Counting starts again at midnight (UTC).`;
      case 'drills_per_day':
        return `There can be ${formatCount(limit)} drills a day. Counting starts again at midnight (UTC).`;
      case 'running_drills':
        return `${formatCount(limit)} drills can run at a time. End one before you begin another.`;
      default:
        return `The plan allows ${formatCount(limit)} ${LIMITED[key]}, and there are ${formatCount(used)}. Delete some before you add more.`;
    }
  },
  wrongPassword: 'Incorrect email or password.',
  tooMany: (seconds: number | null) =>
    seconds === null
      ? 'Too many requests. Try again later.'
      : `Too many requests. Try again in ${formatDuration(seconds)}.`,
  requestId: (id: string) => `Request ID ${id}`,
  withRequestId: (detail: string, id: string) => `${detail} (request ID ${id})`,
};
