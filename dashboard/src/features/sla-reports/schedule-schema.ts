import type { SlaSchedule, SlaScheduleInput } from '@/api/models';
import { browserTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { parseTarget, selectionForm, selectionInput, selectionProblems, targetFields } from './report-schema';

export const scheduleSchema = z
  .object({
    ...targetFields,
    name: z.string().trim().min(1, validation.required).max(120, validation.maxCharacters(120)),
    cadence: z.enum(['monthly', 'quarterly']),
    recipients: z.array(z.number()),
    enabled: z.boolean(),
  })
  .superRefine((form, context) => {
    for (const [field, message] of selectionProblems(form)) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });

export type ScheduleForm = z.output<typeof scheduleSchema>;

export const SCHEDULE_FIELDS = [
  'name',
  'cadence',
  'time_zone',
  'monitors',
  'tag',
  'page',
  'target',
  'recipients',
] as const;

export const scheduleForm = (schedule: SlaSchedule | null): ScheduleForm => ({
  name: schedule?.name ?? '',
  cadence: schedule?.cadence ?? 'monthly',
  time_zone: schedule?.time_zone ?? browserTimeZone(),
  ...selectionForm(schedule?.selection ?? null),
  target: String(schedule?.target ?? 99.9),
  exclude_maintenance: schedule?.exclude_maintenance ?? true,
  recipients: schedule?.recipients ?? [],
  enabled: schedule?.enabled ?? true,
});

export const scheduleInput = (form: ScheduleForm): SlaScheduleInput => ({
  name: form.name,
  cadence: form.cadence,
  time_zone: form.time_zone,
  selection: selectionInput(form),
  target: parseTarget(form.target),
  exclude_maintenance: form.exclude_maintenance,
  recipients: form.recipients,
  enabled: form.enabled,
});
