import { MAX_CANDIDATES } from '@/api/backtests';
import type { BacktestCandidate } from '@/api/models';
import { backtestMessages as messages } from '@/messages/backtest';

/** Settings that were tried before, as they were then. */
export interface Kept {
  key: number;
  name: string;
  candidate: BacktestCandidate;
}

/** What the settings in a form are compared with besides what was sent. */
export interface Beside {
  asItWas: boolean;
  kept: readonly Kept[];
}

export const NOTHING_BESIDE: Beside = { asItWas: false, kept: [] };

/** How much more there can be. The settings in the form are one of the candidates. */
export const roomBeside = ({ asItWas, kept }: Beside): number =>
  MAX_CANDIDATES - 1 - kept.length - (asItWas ? 1 : 0);

/** Keeps settings under the first name that is free. */
export function keep({ kept, ...beside }: Beside, candidate: BacktestCandidate): Beside {
  const isFree = (number: number) => kept.every(({ name }) => name !== messages.candidate(number));
  let number = 1;
  while (!isFree(number)) number += 1;
  const key = Math.max(0, ...kept.map((each) => each.key)) + 1;
  return { ...beside, kept: [...kept, { key, name: messages.candidate(number), candidate }] };
}

/** What is asked for: as it was first, then the settings in the form, and what was kept. */
export function candidatesWith(current: BacktestCandidate, { asItWas, kept }: Beside): BacktestCandidate[] {
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
