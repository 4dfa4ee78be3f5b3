import { expect, it } from 'vitest';
import { parseRule, type Recurrence, ruleOf } from '@/api/recurrence';
import { describeRule } from './windows';

const DEFAULTS: Recurrence = {
  pattern: 'daily',
  every: 1,
  days: ['Mon'],
  nth: '1',
  weekday: 'Mon',
  monthDay: 1,
};

it.each([
  ['FREQ=DAILY', 'Every day'],
  ['FREQ=DAILY;INTERVAL=3', 'Every 3 days'],
  ['FREQ=WEEKLY;BYDAY=MO', 'Every week on Mon'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,FR', 'Every 2 weeks on Mon–Wed, Fri'],
  ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU', 'Every week on every day'],
  ['FREQ=MONTHLY;BYDAY=2TU', 'Every month on the second Tuesday'],
  ['FREQ=MONTHLY;INTERVAL=3;BYDAY=-1SU', 'Every 3 months on the last Sunday'],
  ['FREQ=MONTHLY;BYMONTHDAY=15', 'Every month on day 15'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', 'Every month on the last day'],
])('reads %s, says it in words and writes it again', (rule, words) => {
  const parsed = parseRule(rule);
  expect(parsed).not.toBeNull();
  expect(ruleOf({ ...DEFAULTS, ...parsed })).toBe(rule);
  expect(describeRule(rule)).toBe(words);
});

it('reads a rule however it is written', () => {
  expect(parseRule('RRULE:freq=monthly;byday=+2tu')).toEqual(parseRule('FREQ=MONTHLY;BYDAY=2TU'));
  expect(parseRule('BYDAY=FR,MO;FREQ=WEEKLY')).toEqual(parseRule('FREQ=WEEKLY;BYDAY=MO,FR'));
});

it.each([
  'FREQ=YEARLY',
  'FREQ=DAILY;COUNT=3',
  'FREQ=WEEKLY',
  'FREQ=WEEKLY;BYDAY=2MO',
  'FREQ=MONTHLY;BYDAY=2TU,4TU',
  'FREQ=MONTHLY;BYDAY=5MO',
  'FREQ=MONTHLY;BYMONTHDAY=1,15',
  'FREQ=MONTHLY;BYMONTHDAY=32',
  'FREQ=DAILY;INTERVAL=0',
  'FREQ=DAILY;FREQ=WEEKLY',
  'every day',
  '',
])('leaves %s to be written by hand', (rule) => {
  expect(parseRule(rule)).toBeNull();
  expect(describeRule(rule)).toBe(`By the rule ${rule}`);
});
