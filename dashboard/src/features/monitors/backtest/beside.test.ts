import { expect, it } from 'vitest';
import { newWindow } from './backtest-schema';
import { candidatesWith, keep, NOTHING_BESIDE, roomBeside, windowProblems } from './beside';

it('asks for the settings of the form alone, or by their name beside others', () => {
  expect(candidatesWith({ severity: 'info' }, NOTHING_BESIDE)).toEqual([{ severity: 'info' }]);
  const beside = { ...keep(NOTHING_BESIDE, { severity: 'warning' }), asItWas: true };
  expect(candidatesWith({ severity: 'info' }, beside)).toEqual([
    { name: 'As it was set then', as_it_was: true },
    { name: 'These settings', severity: 'info' },
    { name: 'Candidate 1', severity: 'warning' },
  ]);
});

it('keeps settings under names that are free, as many as there is room for', () => {
  const two = keep(keep(NOTHING_BESIDE, {}), {});
  expect(two.kept.map(({ name }) => name)).toEqual(['Candidate 1', 'Candidate 2']);
  const again = keep({ ...two, kept: two.kept.slice(1) }, {});
  expect(again.kept.map(({ name }) => name)).toEqual(['Candidate 2', 'Candidate 1']);
  expect(new Set(again.kept.map(({ key }) => key)).size).toBe(2);
  expect(roomBeside(again)).toBe(2);
  expect(roomBeside({ ...again, asItWas: true })).toBe(1);
});

it('tries windows with the settings in the form, and keeps them with these', () => {
  const window = { ...newWindow(0), repeat: 'weekly' as const, from: '02:00', time_zone: 'UTC' };
  const windows = [{ repeat: 'weekly', weekday: 'Sun', from: '02:00:00', minutes: 120, time_zone: 'UTC' }];
  const beside = { ...NOTHING_BESIDE, windows: [window] };
  expect(candidatesWith({ severity: 'info' }, beside)).toEqual([{ severity: 'info', windows }]);
  const kept = { ...keep(beside, { severity: 'warning' }), windows: [] };
  expect(candidatesWith({ severity: 'info' }, kept)).toEqual([
    { name: 'These settings', severity: 'info' },
    { name: 'Candidate 1', severity: 'warning', windows },
  ]);
  const refused = [{ field: 'candidates.1.windows.0.minutes', message: 'must be shorter' }];
  expect(windowProblems(refused, { ...beside, asItWas: true })).toEqual(['must be shorter']);
  expect(windowProblems(refused, beside)).toEqual([undefined]);
});
