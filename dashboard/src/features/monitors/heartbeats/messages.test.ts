import { expect, it } from 'vitest';
import { heartbeatMonitor } from '../../../../test/heartbeats';
import { dueRoughly, dueText } from './messages';

const NOW = Date.UTC(2025, 10, 20, 12);
const dueIn = (seconds: number) =>
  heartbeatMonitor({ due_at: new Date(NOW + seconds * 1_000).toISOString() });

it.each([
  [3 * 86_400 + 7_200, 'in 3 d 2 h', 'in 3 d'],
  [7_260, 'in 2 h 1 min', 'in 2 h'],
  [59, 'in 59 s', 'in 59 s'],
  [-65, '1 min 5 s late', '1 min late'],
  [-86_399, '23 h 59 min late', '23 h late'],
])('says that a ping is due in %i s as "%s" or "%s"', (seconds, exact, rough) => {
  const state = seconds > 0 ? 'up' : 'late';
  expect(dueText(dueIn(seconds), state, NOW)).toBe(exact);
  expect(dueRoughly(dueIn(seconds), state, NOW)).toBe(rough);
});

it('says nothing where nothing is due', () => {
  expect(dueRoughly(dueIn(60), 'paused', NOW)).toBe('–');
  expect(dueRoughly({ ...dueIn(60), upside_down: true }, 'up', NOW)).toBe('–');
  expect(dueRoughly(heartbeatMonitor({ due_at: null }), 'up', NOW)).toBe('–');
});
