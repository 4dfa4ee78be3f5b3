import { describe, expect, it } from 'vitest';
import { type DownRule, type DownRuleForm, downRuleForm, earliestSeconds, typedRule } from './down-rule';
import { describeDownRule } from './messages';

describe('the rule in words', () => {
  it.each<[DownRule, number | null, string]>([
    [
      { after: 1, of: null, lasting: 0 },
      60,
      'Down after 1 failed check. The first notification is sent at once.',
    ],
    [
      { after: 3, of: null, lasting: 0 },
      60,
      'Down after 3 failed checks in a row. The first notification is sent 2 min after the first of them at the earliest.',
    ],
    [
      { after: 3, of: 5, lasting: 0 },
      60,
      'Down after 3 failed checks of the last 5. The first notification is sent 2 min after the first of them at the earliest.',
    ],
    [
      { after: 2, of: null, lasting: 600 },
      60,
      'Down after 2 failed checks in a row over at least 10 min. The first notification is sent 10 min after the first of them at the earliest.',
    ],
    [{ after: 3, of: 5, lasting: 0 }, null, 'Down after 3 failed checks of the last 5.'],
  ])('%j with an interval of %s s: %s', (rule, interval, text) => {
    expect(describeDownRule(rule, interval && earliestSeconds(rule, interval))).toBe(text);
  });

  it.each<[DownRule, number, number]>([
    // The check at which enough have failed, or the first one after the time.
    [{ after: 3, of: null, lasting: 60 }, 60, 120],
    [{ after: 1, of: null, lasting: 61 }, 60, 120],
    [{ after: 1, of: null, lasting: 120 }, 60, 120],
    [{ after: 2, of: 4, lasting: 45 }, 300, 300],
  ])('%j with an interval of %i s takes %i s', (rule, interval, seconds) => {
    expect(earliestSeconds(rule, interval)).toBe(seconds);
  });
});

describe('the rule as it is typed', () => {
  const typed = (changes: Partial<DownRuleForm>) => typedRule({ ...downRuleForm({}), ...changes });

  it('is that of a saved one', () => {
    const saved = { down_after: 3, down_of: 5, down_for_seconds: 600 };
    expect(typedRule(downRuleForm(saved))).toEqual({ after: 3, of: 5, lasting: 600 });
    expect(typedRule(downRuleForm({ down_after: 2 }))).toEqual({ after: 2, of: null, lasting: 0 });
  });

  it.each<Partial<DownRuleForm>>([
    { down_after: '' },
    { down_after: '101' },
    { down_count: 'of_last', down_after: '5', down_of: '5' },
    { down_count: 'of_last', down_of: '61' },
    { down_count: 'of_last', down_of: 'x' },
    { down_count: 'of_last', down_after: '60', down_of: '61' },
    { down_for_seconds: { count: '25', unit: 'h' } },
    { down_for_seconds: { count: '1.5', unit: 'min' } },
  ])('is not complete: %j', (changes) => {
    expect(typed(changes)).toBeNull();
  });

  it('does not look at the last checks where they have to be in a row', () => {
    expect(typed({ down_of: 'x' })).toEqual({ after: 1, of: null, lasting: 0 });
  });
});
