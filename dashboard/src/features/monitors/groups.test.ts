import { expect, it } from 'vitest';
import type { Monitor, State } from '@/api/models';
import { monitor } from '../../../test/server';
import { groupByTag } from './groups';

const one = (name: string, tags: string[], state: State = 'up'): Monitor => {
  const given = monitor({ name, tags });
  return { ...given, status: { ...given.status, state } };
};

const shown = (monitors: Monitor[]) =>
  groupByTag(monitors).map(({ tag, worst, counts, monitors: members }) => [
    tag,
    worst,
    counts.map(([state, count]) => `${count} ${state}`).join(', '),
    members.map(({ name }) => name).join(' '),
  ]);

it('has a monitor with two tags in both groups, and those without a tag last', () => {
  const monitors = [one('a', ['shop', 'api']), one('b', ['shop']), one('c', [], 'down')];
  expect(shown(monitors)).toEqual([
    ['api', 'up', '1 up', 'a'],
    ['shop', 'up', '2 up', 'a b'],
    ['', 'down', '1 down', 'c'],
  ]);
});

it('has the group in the worst state first, then goes by name as people count', () => {
  const monitors = [
    one('a', ['team 10']),
    one('b', ['team 2', 'z'], 'degraded'),
    one('c', ['team 2'], 'down'),
    one('d', ['z'], 'pending'),
    one('e', ['team 9']),
  ];
  expect(shown(monitors)).toEqual([
    ['team 2', 'down', '1 down, 1 degraded', 'b c'],
    ['z', 'degraded', '1 degraded, 1 pending', 'b d'],
    ['team 9', 'up', '1 up', 'e'],
    ['team 10', 'up', '1 up', 'a'],
  ]);
});

it('counts a monitor that was just paused as paused', () => {
  expect(shown([{ ...one('a', ['shop'], 'down'), paused: true }])).toEqual([
    ['shop', 'paused', '1 paused', 'a'],
  ]);
});

it('counts no state that is not known, and groups by no tag that is not', () => {
  const unknown = monitor({ tags: ['shop'], not_known: ['status', 'tags'] });
  const groups = groupByTag([unknown, monitor({ id: 43, tags: ['shop'] })]);
  expect(groups.map(({ tag, worst, counts }) => [tag, worst, counts])).toEqual([
    ['shop', 'up', [['up', 1]]],
    ['', null, []],
  ]);
});

it('has groups in no state that is known after all that are in one', () => {
  const unknown = monitor({ tags: ['api'], not_known: ['status'] });
  expect(
    shown([unknown, { ...one('a', ['shop']), paused: true }]).map(([tag, worst]) => [tag, worst]),
  ).toEqual([
    ['shop', 'paused'],
    ['api', null],
  ]);
});
