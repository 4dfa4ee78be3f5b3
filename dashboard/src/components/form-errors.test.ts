import { expect, it } from 'vitest';
import { fieldOf } from './form-errors';

const FIELDS = [
  'name',
  'expected',
  'auth.username',
  'auth.password',
  'windows',
  'windows.0.days',
  'windows.0.from',
  'layers.0.people',
  'layers.0.restrictions.0.from',
];

const VALUES = {
  name: '',
  expected: '200, 201',
  auth: { username: '', password: '' },
  windows: [{}, {}],
  layers: [{ restrictions: [] }, { restrictions: [{}, {}, {}] }],
};

it.each([
  ['name', 'name'],
  ['expected.0', 'expected'],
  ['auth', 'auth.username'],
  ['windows', 'windows'],
  ['windows.0.from', 'windows.0.from'],
  ['windows.1.from', 'windows.1.from'],
  ['windows.1.days.3', 'windows.1.days'],
  ['layers.1.people.0', 'layers.1.people'],
  ['layers.1.restrictions.2.from', 'layers.1.restrictions.2.from'],
])('puts %s at %s', (sent, field) => {
  expect(fieldOf(sent, FIELDS, VALUES)).toBe(field);
});

it('puts what is wrong with a row as a whole at its first field', () => {
  expect(fieldOf('windows.1', FIELDS, VALUES)).toBe('windows.1.days');
});

it('puts at the list what the form has no row of, or no field', () => {
  expect(fieldOf('windows.2.from', FIELDS, VALUES)).toBe('windows');
  expect(fieldOf('windows.1.until', FIELDS, VALUES)).toBe('windows');
});

it('leaves over what is of no field, or of no row, or of all rows', () => {
  expect(fieldOf('colour', FIELDS, VALUES)).toBeNull();
  expect(fieldOf('layers', FIELDS, VALUES)).toBeNull();
  expect(fieldOf('layers.0.restrictions.0.from', FIELDS, VALUES)).toBeNull();
});
