import { expect, it } from 'vitest';
import { notePage, recentPages } from './recent-pages';

it('keeps the last pages of one user in one organisation, each once', () => {
  for (const n of [1, 2, 3, 4, 5, 6, 7]) notePage({ href: `/monitors/${n}`, title: `Monitor ${n}` }, '1/1');
  notePage({ href: '/monitors/5', title: 'Monitor five' }, '1/1');
  const hrefs = recentPages('1/1', '/monitors/6').map(({ href }) => href);
  expect(hrefs).toEqual(['/monitors/5', '/monitors/7', '/monitors/4', '/monitors/3', '/monitors/2']);
  expect(recentPages('1/1', '')[0]?.title).toBe('Monitor five');
  expect(recentPages('1/2', '')).toEqual([]);
  notePage({ href: '/', title: 'Monitors' }, '1/2');
  expect(recentPages('1/1', '')).toEqual([]);
});
