import { expect, it } from 'vitest';
import { windowsFor } from './uptime-windows';

const DAY = 86_400_000;

it('shows a window only if it can differ from the ones before', () => {
  expect(windowsFor(60_000)).toEqual(['24h']);
  expect(windowsFor(DAY)).toEqual(['24h']);
  expect(windowsFor(2 * DAY)).toEqual(['24h', '7d']);
  expect(windowsFor(40 * DAY)).toEqual(['24h', '7d', '30d', '90d']);
  expect(windowsFor(400 * DAY)).toEqual(['24h', '7d', '30d', '90d', '365d']);
});
