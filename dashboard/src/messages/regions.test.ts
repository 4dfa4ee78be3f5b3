import { expect, it } from 'vitest';
import { byState } from '@/api/regions';
import { DOWN_FROM_TWO, REFUSED, vote } from '../../test/regions';
import { describeRegions, regionsSentence } from './regions';

it('names the regions by what they find, the worst first', () => {
  expect(describeRegions(DOWN_FROM_TWO)).toBe('down from eu, us; up from ap');
  expect(regionsSentence(DOWN_FROM_TWO)).toBe('Down from eu, us; up from ap');
  expect(describeRegions({ ...DOWN_FROM_TWO, up: [], absent: ['ap'] })).toBe(
    'down from eu, us; no recent results from ap',
  );
});

it('is made of what the regions find now', () => {
  const votes = [
    vote('ap'),
    vote('eu', REFUSED),
    vote('sa', { state: 'unknown' }),
    vote('us'),
    vote('za', { state: 'degraded' }),
  ];
  expect(regionsSentence(byState(votes))).toBe(
    'Down from eu; degraded from za; up from ap, us; not known yet from sa',
  );
});
