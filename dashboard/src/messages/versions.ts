import type { MonitorVersion, VersionAuthor, VersionAuthorKind } from '@/api/models';
import { formatCount, formatDate, formatDuration, formatShortDateTime } from '@/lib/format';
import { common } from './common';

/** Texts about what something was before, whatever it is. */

export const versionMessages = {
  title: 'History of changes',
  historyOf: (name: string) => `History of ${name}`,
  list: 'Versions',
  version: (version: number) => `Version ${formatCount(version)}`,
  current: 'Current',
  heldFor: (seconds: number) => `Held for ${formatDuration(seconds)}`,
  heldUntil: (from: string, until: string) => `Held from ${from} until ${until}`,
  heldSince: (from: string) => `Holds since ${from}`,
  unknownAuthor: 'Author not known',
  apiKey: (name: string) => `API key ${name}`,
  changed: (labels: readonly string[]) => `Changed: ${labels.join(', ')}`,
  first: 'First version',
  restored: (version: number) => `Restored from version ${formatCount(version)}`,
  unchanged: 'Not changed since it was created',
  unchangedSince: (from: string) => `Not changed since ${formatDate(from)}`,
  gone: 'This version is not available',
  goneHint: 'It was never saved, or it is too old and no longer kept.',
  toHistory: 'Go to the history',
  compareWith: 'Compare with',
  versionBefore: 'The version before',
  olderVersions: 'Load older versions',
  differences: 'What differs',
  differencesFrom: (version: number) => `What differs from version ${formatCount(version)}`,
  noDifferences: 'No settings differ.',
  nothingBefore: 'There is no version before it.',
  beforeNotKept: 'The version before it is no longer kept.',
  /** For who sees a part of the organisation: it may be kept, and concern another part. */
  beforeNotSeen: 'There is no version before it that you can see.',
  allSettings: 'All settings',
  before: 'Before',
  after: 'After',
  notSet: 'Not set',
  yes: 'Yes',
  no: 'No',
  secret: 'A secret, which is not shown',
  secretChanged: 'Changed. What it was and is, is not shown.',
  showWhole: 'Show whole text',
  shorten: 'Shorten',
  part: (group: string, name: string) => `${group}: ${name}`,
};

/** Making the definition of a version hold again. */
export const restoreMessages = {
  action: 'Restore this version',
  confirm: common.restore,
  title: (version: number) => `Restore version ${formatCount(version)}?`,
  about: (current: number, kept: string) =>
    `Compared with what holds now, version ${formatCount(current)}, this changes. ${kept} It is saved as a new version, so it can be undone the same way.`,
  nothing: 'This is what holds now already: restoring it would change nothing.',
  /** For who sees a part of the organisation. */
  nothingSeen: 'Nothing that you see would change.',
  changes: 'What would change',
  reloaded: 'What would change has been loaded again. Check it before you restore.',
  problem: (label: string, message: string) => `${label}: ${message}`,
  done: (version: number, name: string) => `Version ${formatCount(version)} of ${name} restored`,
};

const AUTHOR_NAMES: Record<VersionAuthorKind, (name: string) => string> = {
  member: (name) => name,
  api_key: (name) => versionMessages.apiKey(name),
  system: () => common.productName,
};

/** "Ada", "API key Deployment". */
export const authorName = (author: VersionAuthor | null): string =>
  author === null ? versionMessages.unknownAuthor : AUTHOR_NAMES[author.kind](author.name.trim() || '?');

/** "Version 3 (current) · 3 Nov, 10:00 · Ada". */
export function describeVersion({ version, from, until, author }: MonitorVersion): string {
  const name = versionMessages.version(version);
  const shown = until === null ? `${name} (current)` : name;
  return [shown, formatShortDateTime(from), authorName(author)].join(' · ');
}
