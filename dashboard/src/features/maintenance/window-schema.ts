import type { MaintenanceWindow, WindowInput } from '@/api/models';
import { nameField } from '@/components/schemas';
import {
  TIMES_FIELDS,
  timeProblems,
  timesForm,
  timesInput,
  timesShape,
} from '@/components/window-times/window-times';
import { z } from '@/lib/zod';
import { pickerMessages } from '@/messages/monitor-picker';
import { windowMessages } from './messages';

const MAX_MONITORS = 1_000;
const MAX_TAGS = 50;

const windowFields = z.object({
  name: nameField,
  ...timesShape,
  all: z.enum(['all', 'some']),
  monitors: z.array(z.number()),
  tags: z.array(z.string()),
});

export type WindowForm = z.output<typeof windowFields>;

export const windowSchema = windowFields.superRefine((form, context) => {
  const { all, monitors, tags } = form;
  const problems: [keyof WindowForm, string][] = timeProblems(form);
  if (all === 'some' && monitors.length + tags.length === 0) {
    problems.push(['monitors', windowMessages.monitorOrTag]);
  }
  if (monitors.length > MAX_MONITORS) problems.push(['monitors', pickerMessages.atMost(MAX_MONITORS)]);
  if (tags.length > MAX_TAGS) problems.push(['tags', windowMessages.atMostTags(MAX_TAGS)]);
  for (const [field, message] of problems) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

export const WINDOW_FIELDS = ['name', ...TIMES_FIELDS, 'monitors', 'tags'] as const;

export const windowForm = (window: MaintenanceWindow | null, now: number): WindowForm => ({
  name: window?.name ?? '',
  ...timesForm(window && 'repeat' in window ? window : null, now),
  all: window && window.monitors.length + window.tags.length > 0 ? 'some' : 'all',
  monitors: window?.monitors ?? [],
  tags: window?.tags ?? [],
});

export const windowInput = (form: WindowForm): WindowInput => ({
  name: form.name,
  monitors: form.all === 'all' ? [] : form.monitors,
  tags: form.all === 'all' ? [] : form.tags,
  ...timesInput(form),
});
