import { formatCount, formatDuration } from '@/lib/format';

const UNITS: Partial<Record<number, string>> = {
  60: 'Every minute',
  3600: 'Every hour',
  86400: 'Every day',
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
  loading: 'Loading',
  name: 'Name',
  noChannels: 'No channels yet',
  noData: 'No data',
  noMatches: 'No matching monitors',
  noResults: 'No results yet',
  notSaved: 'Your changes have not been saved.',
  productName: 'Uptime Monitor',
  pageNotFound: 'Page not found',
  password: 'Password',
  restore: 'Restore',
  retry: 'Retry',
  save: 'Save',
  sessionEndedUnsaved: 'Your session ended before this form was saved.',
  showFewer: 'Show fewer',
  showMore: 'Show more',
  toMonitors: 'Go to monitors',
  type: 'Type',
  every: (seconds: number) => UNITS[seconds] ?? `Every ${formatDuration(seconds)}`,
  edit: (name: string) => `Edit ${name}`,
  remove: (name: string) => `Delete ${name}`,
  confirmRemove: (name: string) => `Delete ${name}?`,
  saved: (name: string) => `${name} saved`,
  removed: (name: string) => `${name} deleted`,
  since: (time: string) => `Since ${time}`,
  showAll: (count: number) => `Show all ${formatCount(count)}`,
  shown: (shown: number, total: number) => `${formatCount(shown)} of ${formatCount(total)}`,
};

/** Failed requests. What else the server says of one is shown as it came. */
export const requestErrors = {
  noResponse: 'No response',
  unreachable: 'Could not reach the server. Check your connection and try again.',
  unexpectedStatus: (status: number) => `Unexpected response from the server (status ${status})`,
  unexpected: 'Unexpected error',
  wrongPassword: 'Incorrect email or password.',
  tooMany: (seconds: number | null) =>
    seconds === null
      ? 'Too many requests. Try again later.'
      : `Too many requests. Try again in ${formatDuration(seconds)}.`,
  requestId: (id: string) => `Request ID ${id}`,
  withRequestId: (detail: string, id: string) => `${detail} (request ID ${id})`,
};
