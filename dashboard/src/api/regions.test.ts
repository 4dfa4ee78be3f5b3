import { expect, it } from 'vitest';
import { fromThree, REFUSED, VOTES, vote } from '../../test/regions';
import { monitor } from '../../test/server';
import { agreementOf, decidingRegions, isUnseen } from './regions';

const { status } = monitor();

it('counts the regions that find what was decided, where others do not', () => {
  expect(agreementOf(monitor(fromThree(status)))).toEqual({ state: 'up', count: 2, of: 3 });
  const two = [vote('ap'), vote('eu', REFUSED), vote('us', REFUSED)];
  expect(agreementOf(monitor(fromThree({ ...status, state: 'down' }, two)))).toEqual({
    state: 'down',
    count: 2,
    of: 3,
  });
});

it('says nothing where regions agree, nothing is decided, or one region decides', () => {
  expect(agreementOf(monitor())).toBeNull();
  expect(agreementOf(monitor(fromThree(status, [vote('ap'), vote('eu'), vote('us')])))).toBeNull();
  expect(agreementOf(monitor({ ...fromThree(status), paused: true }))).toBeNull();
  expect(agreementOf(monitor(fromThree({ ...status, state: 'pending' })))).toBeNull();
  expect(agreementOf(monitor({ status: { ...status, regions: VOTES, is_unseen: true } }))).toBeNull();
});

it('is not seen only while it is checked', () => {
  expect(isUnseen(monitor())).toBe(false);
  const unseen = monitor({ status: { ...status, is_unseen: true } });
  expect(isUnseen(unseen)).toBe(true);
  expect(isUnseen({ ...unseen, paused: true })).toBe(false);
});

it('knows the regions that decide together', () => {
  expect(decidingRegions(monitor())).toEqual([]);
  expect(decidingRegions(monitor({ regions: ['us'] }))).toEqual([]);
  expect(decidingRegions(monitor(fromThree(status)))).toEqual(['ap', 'eu', 'us']);
});
