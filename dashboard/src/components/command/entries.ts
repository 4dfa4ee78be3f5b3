import type { Permission } from '@/api/access';
import type { SearchGroup, SearchKind, SearchResult } from '@/api/models';
import { capitalise } from '@/lib/format';
import { hasWords } from '@/lib/words';
import { accountMessages } from '@/messages/account';
import { FOUND_TITLES, commandMessages as messages } from '@/messages/command';
import { common } from '@/messages/common';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';

/** Something that can be chosen. */
export interface Entry {
  id: string;
  title: string;
  detail?: string | null;
  at?: string | null;
  isOngoing?: boolean;
  /** What of its title is searched, where that is not all of it. */
  verb?: string;
  /** Whether it is chosen only by whoever has moved to it: it takes effect at once, and for everybody. */
  isDeliberate?: boolean;
  run: () => void;
}

export interface Section {
  id: string;
  title: string;
  entries: Entry[];
  hasMore?: boolean;
}

interface Page {
  href: string;
  title: string;
  needs?: Permission;
}

/** The pages that are about no single thing, in the order of the navigation; settings last. */
const PAGES: readonly Page[] = [
  { href: '/', title: PAGE_TITLES.monitors },
  { href: '/incidents', title: PAGE_TITLES.incidents },
  { href: '/maintenance', title: PAGE_TITLES.maintenance },
  { href: '/notifications', title: common.channels },
  { href: '/notifications/routes', title: ALERTING_TITLES.routes, needs: 'viewAlertPolicy' },
  { href: '/notifications/escalation-policies', title: ALERTING_TITLES.policies, needs: 'viewAlertPolicy' },
  { href: '/notifications/silences', title: ALERTING_TITLES.silences },
  { href: '/notifications/deliveries', title: messages.deliveries },
  { href: '/drills', title: ALERTING_TITLES.drills },
  { href: '/alerting/backtest', title: messages.backtest },
  { href: '/on-call', title: PAGE_TITLES.onCall, needs: 'viewAlertPolicy' },
  { href: '/on-call/teams', title: messages.teams, needs: 'viewAlertPolicy' },
  { href: '/on-call/calendars', title: messages.calendars, needs: 'viewAlertPolicy' },
  { href: '/sla-reports', title: PAGE_TITLES.slaReports },
  { href: '/sla-reports/schedules', title: messages.schedules, needs: 'seeSlaSchedules' },
  { href: '/status-pages', title: PAGE_TITLES.statusPages, needs: 'viewStatusPages' },
  { href: '/account', title: accountMessages.account },
  { href: '/account/channels', title: accountMessages.reached },
  { href: '/organisation', title: accountMessages.organisation },
  { href: '/api-keys', title: accountMessages.apiKeys, needs: 'manageApiKeys' },
  { href: '/audit-log', title: accountMessages.auditLog, needs: 'readAuditLog' },
];

/** Those of the pages that somebody may see and whose titles have the words. */
export function pageEntries(
  words: readonly string[],
  may: (permission: Permission) => boolean,
  go: (href: string) => void,
): Entry[] {
  return PAGES.filter(({ title, needs }) => (!needs || may(needs)) && hasWords(title, words)).map(
    ({ href, title }) => ({ id: `page:${href}`, title, run: () => go(href) }),
  );
}

/** The page on which something that was found is shown. */
export function hrefOf(kind: SearchKind, { id, parent_id: parent }: SearchResult): string {
  switch (kind) {
    case 'monitor':
      return `/monitors/${id}`;
    case 'incident':
      return `/incidents/${id}`;
    case 'note':
      return `/incidents/${parent}`;
    case 'maintenance_window':
      return '/maintenance';
    case 'channel':
      return '/notifications';
    case 'status_page':
      return `/status-pages/${id}`;
    case 'status_report':
      return `/status-pages/${parent}/reports/${id}`;
    case 'audit_event':
      return '/audit-log';
  }
}

/** An operation in words: "Edit monitor" for EditMonitor. */
export const inWords = (operation: string): string =>
  capitalise(operation.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase());

/** What the server has found. */
export const foundSections = (groups: readonly SearchGroup[], go: (href: string) => void): Section[] =>
  groups.map(({ kind, items, more }) => ({
    id: kind,
    title: FOUND_TITLES[kind],
    hasMore: more,
    entries: items.map((item) => ({
      id: `found:${kind}:${item.id}`,
      title: kind === 'audit_event' ? inWords(item.title) : item.title,
      detail: item.detail,
      at: item.at,
      isOngoing: item.open === true,
      run: () => go(hrefOf(kind, item)),
    })),
  }));

/** Whether an entry of the menu itself has the words. */
export const fits = ({ title, verb }: Entry, words: readonly string[]): boolean =>
  hasWords(verb ?? title, words);

/** Which entry is selected: the one that was moved to, else the first that may be chosen without that. */
export const selectedOf = (entries: readonly Entry[], movedTo: string | null): Entry | undefined =>
  entries.find(({ id }) => id === movedTo) ?? entries.find(({ isDeliberate }) => !isDeliberate);

/** The entry after or before that one, around the ends; from none, the first or the last. */
export function neighbourOf(
  entries: readonly Entry[],
  selected: Entry | undefined,
  by: 1 | -1,
): Entry | undefined {
  const at = selected ? entries.indexOf(selected) : -1;
  if (at < 0) return entries.at(by === 1 ? 0 : -1);
  return entries.at((at + by) % entries.length);
}

/** The sections that have something. */
export const filled = (sections: readonly Section[]): Section[] =>
  sections.filter(({ entries }) => entries.length > 0);
