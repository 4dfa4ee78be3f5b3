import { expect, it } from 'vitest';
import {
  addComponents,
  type ComponentForm,
  type GroupForm,
  moveComponent,
  moveGroup,
  removeGroup,
  step,
} from './order';

const component = (key: string): ComponentForm => ({
  key,
  id: null,
  name: key,
  description: '',
  monitor_id: null,
  monitor_name: null,
  monitor_state: null,
  external: null,
  show_history: true,
  show_uptime: false,
  show_latency: false,
});

const group = (key: string, ...components: string[]): GroupForm => ({
  key,
  name: key,
  is_open: true,
  components: components.map(component),
});

const keysOf = (groups: readonly GroupForm[]) =>
  groups.map(({ key, components }) => `${key}:${components.map((each) => each.key).join('')}`);

const GROUPS = [group('A', 'a', 'b'), group('B'), group('C', 'c')];

it('steps through groups, empty ones too, and ends at both ends', () => {
  const down: string[][] = [];
  let groups: readonly GroupForm[] = GROUPS;
  for (let at = 0; at < 5; at++) {
    groups = step(groups, 'a', 1);
    down.push(keysOf(groups));
  }
  expect(down).toEqual([
    ['A:ba', 'B:', 'C:c'],
    ['A:b', 'B:a', 'C:c'],
    ['A:b', 'B:', 'C:ac'],
    ['A:b', 'B:', 'C:ca'],
    ['A:b', 'B:', 'C:ca'],
  ]);
  expect(step(groups, 'a', 1)).toBe(groups);
  for (let at = 0; at < 4; at++) groups = step(groups, 'a', -1);
  expect(keysOf(groups)).toEqual(['A:ab', 'B:', 'C:c']);
  expect(step(groups, 'a', -1)).toBe(groups);
});

it('moves groups with what is in them', () => {
  expect(keysOf(step(GROUPS, 'A', 1))).toEqual(['B:', 'A:ab', 'C:c']);
  expect(step(GROUPS, 'A', -1)).toBe(GROUPS);
  expect(keysOf(moveGroup(GROUPS, 'C', 0))).toEqual(['C:c', 'A:ab', 'B:']);
});

it('moves to a place as it is counted without the component', () => {
  expect(keysOf(moveComponent(GROUPS, 'a', 0, 1))).toEqual(['A:ba', 'B:', 'C:c']);
  expect(keysOf(moveComponent(GROUPS, 'c', 0, 99))).toEqual(['A:abc', 'B:', 'C:']);
  expect(keysOf(moveComponent(GROUPS, 'unknown', 0, 0))).toEqual(keysOf(GROUPS));
  expect(keysOf(moveComponent(GROUPS, 'a', 9, 0))).toEqual(keysOf(GROUPS));
});

it('keeps the components of a group that is removed', () => {
  expect(keysOf(removeGroup(GROUPS, 'C'))).toEqual(['A:ab', 'B:c']);
  expect(keysOf(removeGroup(GROUPS, 'A'))).toEqual(['B:ab', 'C:c']);
  expect(keysOf(removeGroup(GROUPS, 'B'))).toEqual(['A:ab', 'C:c']);
  expect(removeGroup([group('A', 'a')], 'A')).toEqual([{ ...group('A', 'a'), name: '' }]);
  expect(removeGroup([group('A')], 'A')).toEqual([]);
});

it('adds to the last group, or makes one without a heading', () => {
  expect(keysOf(addComponents(GROUPS, [component('d')], 'new'))).toEqual(['A:ab', 'B:', 'C:cd']);
  const [made] = addComponents([], [component('d')], 'new');
  expect(made).toMatchObject({ key: 'new', name: '', components: [{ key: 'd' }] });
});
