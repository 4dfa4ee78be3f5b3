import { expect, it } from 'vitest';
import { describeProblem } from './describe-problem';

const NAMES = ['As it was set then', 'Three in a row'];

it.each([
  ['candidates.0.rule.down_after', 'must be 1 to 20', ['One'], 'down_after must be 1 to 20'],
  [
    'backtest.candidates.1.rule.down_after',
    'must be 1 to 20',
    NAMES,
    'Three in a row: down_after must be 1 to 20',
  ],
  [
    'candidates.0.as_it_was',
    'is known since today only',
    NAMES,
    'As it was set then: is known since today only',
  ],
  ['selection.tag', 'must be there', NAMES, 'selection.tag must be there'],
  [
    'backtest.from',
    'must be later: there is more to simulate than can be at once',
    NAMES,
    'This period is too long: there is more to simulate than can be at once. Choose a shorter one.',
  ],
])('%s', (field, message, names, text) => {
  expect(describeProblem({ field, message }, names)).toBe(text);
});
