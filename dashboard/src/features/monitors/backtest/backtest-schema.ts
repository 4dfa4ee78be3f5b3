import { MAX_CANDIDATES, MAX_TRIED_WINDOWS } from '@/api/backtests';
import type { BacktestCandidate, BacktestSelection, Suppression } from '@/api/models';
import { suppressionValues } from '@/api/schema';
import { TIMES_FIELDS, type TimesForm, timesForm, timesInput } from '@/components/window-times/window-times';
import { z } from '@/lib/zod';
import { alertingErrors } from '@/messages/alerting';
import { backtestErrors, backtestMessages } from '@/messages/backtest';
import { pickerMessages } from '@/messages/monitor-picker';
import { tagMessages } from '@/messages/tags';
import { validation } from '@/messages/validation';
import { downRuleForm, downRuleProblem, downRuleShape } from '../alerting/down-rule';
import { timingFields } from '../monitor-schema';
import { ruleOf } from './candidate';

const MAX_MONITORS = 100;
const DAY_MS = 86_400_000;
/** Days that a comparison goes back, at most, and the day that leads to it. */
const MAX_DAYS = 91;

const candidateField = z.object({
  name: z.string().trim().max(120, validation.maxCharacters(120)),
  without: z.array(z.enum(suppressionValues as [Suppression, ...Suppression[]])),
  has_rule: z.boolean(),
  ...downRuleShape,
  ...timingFields,
  /** Each was complete when it was added. */
  windows: z
    .array(z.custom<TimesForm>())
    .max(MAX_TRIED_WINDOWS, backtestMessages.atMostWindows(MAX_TRIED_WINDOWS)),
});

export const backtestSchema = z
  .object({
    by: z.enum(['monitors', 'tag', 'policy']),
    monitors: z.array(z.number()),
    tag: z.string(),
    policy_id: z.number().nullable(),
    as_it_was: z.boolean(),
    candidates: z.array(candidateField),
  })
  .superRefine((values, context) => {
    const { by, monitors, tag, policy_id, as_it_was, candidates } = values;
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (by === 'tag' && tag === '') wrong(['tag'], tagMessages.choose);
    if (by === 'policy' && policy_id === null) wrong(['policy_id'], alertingErrors.choosePolicy);
    if (by === 'monitors' && monitors.length === 0) wrong(['monitors'], pickerMessages.atLeastOne);
    if (by === 'monitors' && monitors.length > MAX_MONITORS)
      wrong(['monitors'], pickerMessages.atMost(MAX_MONITORS));
    if (candidates.length === 0 && !as_it_was) wrong(['as_it_was'], backtestErrors.noCandidate);
    for (const [at, candidate] of candidates.entries()) {
      const { without, has_rule, windows } = candidate;
      if (without.length === 0 && !has_rule && windows.length === 0)
        wrong(['candidates', at, 'without'], backtestErrors.nothingTried);
      const problem = has_rule ? downRuleProblem(candidate) : null;
      if (problem) wrong(['candidates', at, ...problem.path], problem.message);
    }
  });

export type BacktestForm = z.input<typeof backtestSchema>;
export type BacktestValues = z.output<typeof backtestSchema>;
export type CandidateForm = BacktestForm['candidates'][number];

const NO_RULE = { ...downRuleForm({}), up_after: '1', slow_ms: '' };

/** By a function: forms change what they are given. */
export const newCandidate = (): CandidateForm => ({
  name: '',
  without: [],
  has_rule: false,
  ...NO_RULE,
  windows: [],
});

export const NEW_BACKTEST: BacktestForm = {
  by: 'monitors',
  monitors: [],
  tag: '',
  policy_id: null,
  as_it_was: false,
  candidates: [newCandidate()],
};

/** How many more candidates there can be. */
export const roomOf = ({ as_it_was, candidates }: Pick<BacktestForm, 'as_it_was' | 'candidates'>): number =>
  MAX_CANDIDATES - candidates.length - (as_it_was ? 1 : 0);

/** What is not shown cannot be wrong. */
export const onlyShown = (form: BacktestForm): BacktestForm => ({
  ...form,
  candidates: form.candidates.map((candidate) =>
    candidate.has_rule ? candidate : { ...candidate, ...NO_RULE },
  ),
});

export function selectionOf({ by, monitors, tag, policy_id }: BacktestForm): BacktestSelection {
  switch (by) {
    case 'monitors':
      return { monitors };
    case 'tag':
      return { tag };
    case 'policy':
      return { policy_id };
  }
}

/** What people call a candidate. */
export const nameOfCandidate = ({ name }: Pick<CandidateForm, 'name'>, at: number): string =>
  name.trim() || backtestMessages.candidate(at + 1);

function triedOf(form: CandidateForm, at: number): BacktestCandidate {
  const rule = form.has_rule ? ruleOf(form) : null;
  const { without, windows } = form;
  return {
    name: nameOfCandidate(form, at),
    ...(without.length > 0 && { without }),
    ...(rule && { rule }),
    ...(windows.length > 0 && { windows: windows.map(timesInput) }),
  };
}

/** What is asked for: first as it was, where that is wanted. */
export const candidatesOf = ({ as_it_was, candidates }: BacktestForm): BacktestCandidate[] => [
  ...(as_it_was ? [{ name: backtestMessages.asItWas, as_it_was }] : []),
  ...candidates.map(triedOf),
];

/** A window that is tried is in the past: last night, or again and again since the first of the days. */
export const newWindow = (now: number): TimesForm => ({
  ...timesForm(null, now - DAY_MS),
  starts: timesForm(null, now - (MAX_DAYS + 1) * DAY_MS).starts,
});

/** The names of the fields, for errors of the server; of the candidates and their windows those of the first. */
export const BACKTEST_FIELDS = [
  'monitors',
  'tag',
  'policy_id',
  'as_it_was',
  'candidates.0.name',
  'candidates.0.without',
  'candidates.0.down_after',
  'candidates.0.down_of',
  'candidates.0.down_for_seconds.count',
  'candidates.0.up_after',
  'candidates.0.slow_ms',
  ...TIMES_FIELDS.map((name) => `candidates.0.windows.0.${name}` as const),
] as const;

/** The form's name of a field of the server: "backtest.candidates.1.rule.up_after" is "candidates.0.up_after" after as it was. */
export function formField(field: string, hasAsItWas: boolean): string {
  const name = field.replace(/^(selection|backtest)\./, '');
  const [, place, rest = ''] = /^candidates\.(\d+)(.*)$/.exec(name) ?? [];
  if (place === undefined) return name;
  const at = Number(place) - (hasAsItWas ? 1 : 0);
  return at < 0 ? 'as_it_was' : `candidates.${at}${rest.replace(/^\.rule\./, '.')}`;
}
