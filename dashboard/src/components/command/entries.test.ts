import { expect, it } from 'vitest';
import type { SearchResult } from '@/api/models';
import {
  type Entry,
  fits,
  foundSections,
  hrefOf,
  inWords,
  neighbourOf,
  pageEntries,
  selectedOf,
} from './entries';

const result = (changes: Partial<SearchResult> = {}): SearchResult => ({
  id: '7',
  parent_id: null,
  title: 'Shop',
  detail: null,
  at: null,
  open: null,
  ...changes,
});

it('leads to where each thing is shown', () => {
  expect(hrefOf('monitor', result())).toBe('/monitors/7');
  expect(hrefOf('note', result({ parent_id: 'abc' }))).toBe('/incidents/abc');
  expect(hrefOf('status_report', result({ parent_id: '3' }))).toBe('/status-pages/3/reports/7');
  expect(hrefOf('channel', result())).toBe('/notifications');
});

it('offers the pages that somebody may see', () => {
  const titles = (words: string[], isAllowed: boolean) =>
    pageEntries(
      words,
      () => isAllowed,
      () => {},
    ).map(({ title }) => title);
  expect(titles(['rep'], true)).toEqual(['SLA reports', 'SLA report schedules']);
  expect(titles(['rep'], false)).toEqual(['SLA reports']);
  expect(titles(['audit'], false)).toEqual([]);
});

it('shows an operation in words, and whether something is ongoing', () => {
  expect(inWords('CreateMaintenanceWindow')).toBe('Create maintenance window');
  const groups = [
    { kind: 'incident' as const, more: true, items: [result({ open: true })] },
    { kind: 'audit_event' as const, more: false, items: [result({ title: 'EditMonitor' })] },
  ];
  const [incidents, changes] = foundSections(groups, () => {});
  expect(incidents).toMatchObject({ hasMore: true, entries: [{ title: 'Shop', isOngoing: true }] });
  expect(changes).toMatchObject({ hasMore: false, entries: [{ title: 'Edit monitor', isOngoing: false }] });
});

const entry = (id: string, changes: Partial<Entry> = {}): Entry => ({
  id,
  title: id,
  run: () => {},
  ...changes,
});

it('selects nothing that takes effect at once, unless somebody has moved to it', () => {
  const pause = entry('pause', { isDeliberate: true });
  const [a, b] = [entry('a'), entry('b')];
  expect(selectedOf([pause, a, b], null)).toBe(a);
  expect(selectedOf([pause, a, b], 'gone')).toBe(a);
  expect(selectedOf([pause, a, b], 'pause')).toBe(pause);
  expect(selectedOf([pause], null)).toBeUndefined();
  expect(selectedOf([], null)).toBeUndefined();
});

it('moves around the ends, and from nothing to either end', () => {
  const all = [entry('a'), entry('b'), entry('c')];
  const [a, b, c] = all;
  expect(neighbourOf(all, a, 1)).toBe(b);
  expect(neighbourOf(all, c, 1)).toBe(a);
  expect(neighbourOf(all, a, -1)).toBe(c);
  expect(neighbourOf(all, undefined, 1)).toBe(a);
  expect(neighbourOf(all, undefined, -1)).toBe(c);
  expect(neighbourOf([], undefined, 1)).toBeUndefined();
});

it('goes by the verb where there is one', () => {
  const pause = entry('pause', { title: 'Pause Shop', verb: 'Pause' });
  expect(fits(pause, ['pau'])).toBe(true);
  expect(fits(pause, ['shop'])).toBe(false);
  expect(fits(entry('x', { title: 'Shop' }), ['shop'])).toBe(true);
});
