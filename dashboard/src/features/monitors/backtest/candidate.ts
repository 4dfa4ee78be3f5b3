import type { BacktestCandidate, BacktestInput } from '@/api/models';
import { recipientsField, recipientsInput } from '@/components/recipients-form';
import { dependsOnField } from '../alerting/depends-on';
import { type DownRuleForm, downRuleForm, typedRule } from '../alerting/down-rule';
import { flappingField, flappingInput } from '../alerting/flapping';
import { heartbeat as heartbeatKind } from '../kinds/heartbeat-schema';
import type { MonitorForm } from '../monitor-schema';
import { timingFields } from '../monitor-schema';
import { isSameDecision, quorumInput, quorumProblem, type RegionsForm } from '../regions/quorum';

/** The fields of a monitor by which it is decided what is sent. */
export const TRIED_FIELDS = [
  'kind',
  'heartbeat',
  'down_count',
  'down_after',
  'down_of',
  'down_for_seconds',
  'up_after',
  'slow_ms',
  'severity',
  'recipients',
  'flapping',
  'depends_on',
  'regions',
  'quorum',
] as const;

export type TriedForm = Pick<MonitorForm, (typeof TRIED_FIELDS)[number]>;

export type RuleForm = DownRuleForm & Pick<MonitorForm, 'up_after' | 'slow_ms'>;

type Rule = NonNullable<BacktestInput['candidates'][number]['rule']>;

/** The rule as it is typed; null while a field of it is not valid. */
export function ruleOf(form: RuleForm): Rule | null {
  const rule = typedRule(form);
  const upAfter = timingFields.up_after.safeParse(form.up_after);
  const slow = timingFields.slow_ms.safeParse(form.slow_ms);
  if (!rule || !upAfter.success || !slow.success) return null;
  return {
    down_after: rule.after,
    down_of: rule.of,
    down_for_seconds: rule.lasting,
    up_after: upAfter.data,
    slow_ms: slow.data,
  };
}

/** Of a heartbeat it counts only how many dates in a row are missed. */
function ruleOfHeartbeat({ down_after }: TriedForm): Rule | null {
  const rule = typedRule({ ...downRuleForm({}), down_after });
  return rule && { down_after: rule.after };
}

/** What a heartbeat expects as it is typed; null while it is not valid. What a ping says was decided when it came. */
function expectedOf(form: TriedForm) {
  const parsed = heartbeatKind.schema.safeParse(form.heartbeat);
  if (!parsed.success) return null;
  const { post_only: _, body: __, ...expected } = parsed.data;
  return expected;
}

/** Regions that are chosen, by whether there are stored results from there, since they checked the monitor before. */
export function triedRegions({ regions }: Pick<TriedForm, 'regions'>, stored: readonly string[]) {
  const isStored = (region: string) => stored.includes(region);
  return { known: regions.filter(isStored).sort(), added: regions.filter((region) => !isStored(region)) };
}

/**
 * Nothing where one region has results, or none of those that are chosen, and while they decide as it is saved: each result
 * is then judged as it was at its time. Null while the quorum is not valid.
 */
function quorumOf(form: TriedForm, saved: RegionsForm) {
  const { quorum } = form;
  const { regions: stored } = saved;
  if (form.kind === 'heartbeat' || stored.length < 2) return {};
  if (quorumProblem(quorum, form.regions.length)) return null;
  if (isSameDecision(form, saved)) return {};
  const { known: regions } = triedRegions(form, stored);
  // Of fewer regions than are chosen it may be none that can decide.
  if (regions.length === 0 || quorumProblem(quorum, regions.length)) return {};
  if (regions.length === 1) return { regions };
  const set = quorumInput(quorum, regions.length) ?? { down: 'majority' as const, min_regions: null };
  return { regions, quorum: set };
}

/**
 * What the form would do of a monitor whose regions are saved so, and have checked it; null while one of these fields is not
 * valid, whatever the others are.
 */
export function candidateOf(form: TriedForm, saved: RegionsForm): BacktestCandidate | null {
  const isHeartbeat = form.kind === 'heartbeat';
  const rule = isHeartbeat ? ruleOfHeartbeat(form) : ruleOf(form);
  const expected = isHeartbeat ? expectedOf(form) : undefined;
  const recipients = recipientsField.safeParse(form.recipients);
  const flapping = flappingField.safeParse(form.flapping);
  const dependsOn = dependsOnField.safeParse(form.depends_on);
  const decided = quorumOf(form, saved);
  if (decided === null) return null;
  if (!rule || expected === null || !recipients.success || !flapping.success || !dependsOn.success)
    return null;
  return {
    rule,
    ...(expected && { heartbeat: expected }),
    severity: form.severity,
    recipients: recipientsInput(recipients.data),
    flapping: flappingInput(flapping.data),
    depends_on: dependsOn.data,
    ...decided,
  };
}
