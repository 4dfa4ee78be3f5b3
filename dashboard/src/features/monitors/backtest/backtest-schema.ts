import type { BacktestCandidate, BacktestSelection, Suppression } from '@/api/models';
import { suppressionValues } from '@/api/schema';
import { z } from '@/lib/zod';
import { alertingErrors } from '@/messages/alerting';
import { backtestErrors } from '@/messages/backtest';
import { pickerMessages } from '@/messages/monitor-picker';
import { tagMessages } from '@/messages/tags';
import { downRuleForm, downRuleProblem, downRuleShape } from '../alerting/down-rule';
import { timingFields } from '../monitor-schema';
import { ruleOf } from './candidate';

const MAX_MONITORS = 100;

export const backtestSchema = z
  .object({
    by: z.enum(['monitors', 'tag', 'policy']),
    monitors: z.array(z.number()),
    tag: z.string(),
    policy_id: z.number().nullable(),
    without: z.array(z.enum(suppressionValues as [Suppression, ...Suppression[]])),
    has_rule: z.boolean(),
    ...downRuleShape,
    ...timingFields,
  })
  .superRefine((values, context) => {
    const { by, monitors, tag, policy_id, without, has_rule } = values;
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (by === 'tag' && tag === '') wrong('tag', tagMessages.choose);
    if (by === 'policy' && policy_id === null) wrong('policy_id', alertingErrors.choosePolicy);
    if (by === 'monitors' && monitors.length === 0) wrong('monitors', pickerMessages.atLeastOne);
    if (by === 'monitors' && monitors.length > MAX_MONITORS)
      wrong('monitors', pickerMessages.atMost(MAX_MONITORS));
    if (without.length === 0 && !has_rule) wrong('without', backtestErrors.nothingTried);
    const problem = has_rule ? downRuleProblem(values) : null;
    if (problem) context.addIssue({ code: 'custom', ...problem });
  });

export type BacktestForm = z.input<typeof backtestSchema>;
export type BacktestValues = z.output<typeof backtestSchema>;

export const NEW_BACKTEST: BacktestForm = {
  by: 'monitors',
  monitors: [],
  tag: '',
  policy_id: null,
  without: [],
  has_rule: false,
  ...downRuleForm({}),
  up_after: '1',
  slow_ms: '',
};

/** What is not shown cannot be wrong. */
export const onlyShown = (form: BacktestForm): BacktestForm => {
  if (form.has_rule) return form;
  const { up_after, slow_ms } = NEW_BACKTEST;
  return { ...form, ...downRuleForm({}), up_after, slow_ms };
};

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

export function triedOf(form: BacktestForm): BacktestCandidate {
  const rule = form.has_rule ? ruleOf(form) : null;
  return { ...(form.without.length > 0 && { without: form.without }), ...(rule && { rule }) };
}
