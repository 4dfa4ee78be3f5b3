import type { FieldProblem } from '@/api/models';
import { backtestMessages as messages } from '@/messages/backtest';

/** What is wrong, where each candidate is called by its name. */
export function describeProblem({ field, message }: FieldProblem, names: readonly string[]): string {
  const [, place, part = ''] = /^(?:backtest\.)?candidates\.(\d+)\.?(?:rule\.)?(.*)$/.exec(field) ?? [];
  if (place === undefined) {
    const [, why] = /^must be later: (.*)$/.exec(message) ?? [];
    if (why !== undefined) return messages.tooMuch(why);
    return messages.ofField(field.replace(/^backtest\./, ''), message);
  }
  const name = names.length > 1 ? names[Number(place)] : undefined;
  const text = part === 'as_it_was' ? message : messages.ofField(part, message);
  return name === undefined ? text : messages.ofCandidate(name, text);
}
