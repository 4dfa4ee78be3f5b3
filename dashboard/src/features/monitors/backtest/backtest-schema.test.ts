import { expect, it } from 'vitest';
import { candidatesOf, formField, NEW_BACKTEST, newCandidate, newWindow, roomOf } from './backtest-schema';

const NOW = Date.parse('2025-11-20T12:00:00Z');

it('asks first as it was, and then for each candidate by its name', () => {
  const window = { ...newWindow(NOW), repeat: 'weekly' as const, from: '02:00', time_zone: 'UTC' };
  const form = {
    ...NEW_BACKTEST,
    as_it_was: true,
    candidates: [
      { ...newCandidate(), without: ['quiet_hours' as const] },
      { ...newCandidate(), name: ' Nights ', windows: [window] },
    ],
  };
  expect(candidatesOf(form)).toEqual([
    { name: 'As it was set then', as_it_was: true },
    { name: 'Candidate 1', without: ['quiet_hours'] },
    {
      name: 'Nights',
      windows: [{ repeat: 'weekly', weekday: 'Sun', from: '02:00:00', minutes: 120, time_zone: 'UTC' }],
    },
  ]);
  expect(roomOf(form)).toBe(2);
});

it('offers windows that have been', () => {
  const { until, starts } = newWindow(NOW);
  expect(Date.parse(`${until}Z`)).toBeLessThan(NOW);
  expect(Date.parse(`${starts}Z`)).toBeLessThan(NOW - 90 * 86_400_000);
});

it.each([
  ['selection.tag', false, 'tag'],
  ['backtest.candidates.0.rule.down_after', false, 'candidates.0.down_after'],
  ['backtest.candidates.1.rule.down_after', true, 'candidates.0.down_after'],
  ['backtest.candidates.0.as_it_was', true, 'as_it_was'],
  ['backtest.candidates.2.windows.1.rule', true, 'candidates.1.windows.1.rule'],
  ['backtest.days', true, 'days'],
])('names %s as the form does', (field, hasAsItWas, name) => {
  expect(formField(field, hasAsItWas)).toBe(name);
});
