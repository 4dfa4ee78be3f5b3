import { MAX_CANDIDATES } from '@/api/backtests';
import type { BacktestCandidate, FieldProblem } from '@/api/models';
import { type TimesForm, timesInput } from '@/components/window-times/window-times';
import { backtestMessages as messages } from '@/messages/backtest';

/** Settings that were tried before, as they were then. */
export interface Kept {
  key: number;
  name: string;
  candidate: BacktestCandidate;
}

/** What is compared besides the settings in a form, and tried with them. */
export interface Beside {
  asItWas: boolean;
  kept: readonly Kept[];
  /** More maintenance windows. */
  windows: readonly TimesForm[];
}

export const NOTHING_BESIDE: Beside = { asItWas: false, kept: [], windows: [] };

const withWindows = (candidate: BacktestCandidate, { windows }: Beside): BacktestCandidate =>
  windows.length === 0 ? candidate : { ...candidate, windows: windows.map(timesInput) };

/** How much more there can be. The settings in the form are one of the candidates. */
export const roomBeside = ({ asItWas, kept }: Beside): number =>
  MAX_CANDIDATES - 1 - kept.length - (asItWas ? 1 : 0);

/** Keeps settings, with the windows that are tried, under the first name that is free. */
export function keep(beside: Beside, candidate: BacktestCandidate): Beside {
  const { kept } = beside;
  const isFree = (number: number) => kept.every(({ name }) => name !== messages.candidate(number));
  let number = 1;
  while (!isFree(number)) number += 1;
  const key = Math.max(0, ...kept.map((each) => each.key)) + 1;
  const name = messages.candidate(number);
  return { ...beside, kept: [...kept, { key, name, candidate: withWindows(candidate, beside) }] };
}

/** What is asked for: as it was first, then the settings in the form, and what was kept. */
export function candidatesWith(typed: BacktestCandidate, beside: Beside): BacktestCandidate[] {
  const { asItWas, kept } = beside;
  const current = withWindows(typed, beside);
  if (!asItWas && kept.length === 0) return [current];
  return [
    ...(asItWas ? [{ name: messages.asItWas, as_it_was: true }] : []),
    { ...current, name: messages.theseSettings },
    ...kept.map(({ name, candidate }, at) => ({
      ...candidate,
      name: name.trim() || messages.candidate(at + 1),
    })),
  ];
}

/** What the server refuses of each window of the settings in the form. */
export function windowProblems(
  refused: readonly FieldProblem[],
  { asItWas, windows }: Beside,
): (string | undefined)[] {
  const at = asItWas ? 1 : 0;
  return windows.map((_, place) => {
    const name = `candidates.${at}.windows.${place}`;
    return refused.find(({ field }) => field === name || field.startsWith(`${name}.`))?.message;
  });
}
