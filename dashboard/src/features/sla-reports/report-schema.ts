import type { SlaReportInput, SlaSelection } from '@/api/models';
import { browserTimeZone, isTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { pickerMessages } from '@/messages/monitor-picker';
import { validation } from '@/messages/validation';
import { slaErrors } from './messages';
import { dayAfter, months, parseDay, quarters } from './period';

const MAX_MONITORS = 200;

/** What reports and schedules have in common. */
export const targetFields = {
  time_zone: z.string().refine(isTimeZone, slaErrors.timeZone),
  by: z.enum(['monitors', 'tag', 'page']),
  monitors: z.array(z.number()),
  tag: z.string(),
  /** The id of a status page. */
  page: z.string(),
  target: z.string().trim().refine(isTarget, slaErrors.target),
  exclude_maintenance: z.boolean(),
};

function isTarget(text: string): boolean {
  return /^\d{1,3}([.,]\d{1,4})?$/.test(text) && parseTarget(text) >= 50 && parseTarget(text) <= 100;
}

export const parseTarget = (text: string): number => Number(text.replace(',', '.'));

interface Selected {
  by: 'monitors' | 'tag' | 'page';
  monitors: number[];
  tag: string;
  page: string;
}

/** What is wrong with the monitors that were chosen. */
export function selectionProblems({ by, monitors, tag, page }: Selected): [keyof Selected, string][] {
  if (by === 'tag') return tag === '' ? [['tag', slaErrors.tag]] : [];
  if (by === 'page') return page === '' ? [['page', slaErrors.page]] : [];
  if (monitors.length === 0) return [['monitors', pickerMessages.atLeastOne]];
  return monitors.length > MAX_MONITORS ? [['monitors', pickerMessages.atMost(MAX_MONITORS)]] : [];
}

export function selectionInput({ by, monitors, tag, page }: Selected): SlaSelection {
  switch (by) {
    case 'monitors':
      return { monitors };
    case 'tag':
      return { tag };
    case 'page':
      return { status_page: Number(page) };
  }
}

export function selectionForm(selection: SlaSelection | null): Selected {
  const none = { monitors: [], tag: '', page: '' };
  if (selection === null) return { ...none, by: 'monitors' };
  if ('tag' in selection) return { ...none, by: 'tag', tag: selection.tag };
  if ('status_page' in selection) return { ...none, by: 'page', page: String(selection.status_page) };
  return { ...none, by: 'monitors', monitors: selection.monitors };
}

export const reportSchema = z
  .object({
    ...targetFields,
    name: z.string().trim().max(120, validation.maxCharacters(120)),
    period: z.enum(['month', 'quarter', 'dates']),
    month: z.string(),
    quarter: z.string(),
    from: z.string(),
    last: z.string(),
  })
  .superRefine((form, context) => {
    const addError = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    for (const [field, message] of selectionProblems(form)) addError(field, message);
    if (form.period !== 'dates') return;
    const [first, last] = [parseDay(form.from), parseDay(form.last)];
    if (Number.isNaN(first)) addError('from', slaErrors.date);
    if (Number.isNaN(last)) addError('last', slaErrors.date);
    else if (last < first) addError('last', slaErrors.lastBeforeFirst);
  });

export type ReportForm = z.output<typeof reportSchema>;

export const REPORT_FIELDS = [
  'name',
  'period',
  'month',
  'quarter',
  'from',
  'last',
  'time_zone',
  'monitors',
  'tag',
  'page',
  'target',
] as const;

/** The month before this one, which is over. */
export function newReportForm(now: number): ReportForm {
  const zone = browserTimeZone();
  const first = `${months(now, zone)[0]?.value}-01`;
  return {
    name: '',
    period: 'month',
    month: months(now, zone)[1]?.value ?? '',
    quarter: quarters(now, zone)[1]?.value ?? '',
    from: first,
    last: first,
    time_zone: zone,
    ...selectionForm(null),
    target: '99.9',
    exclude_maintenance: true,
  };
}

function periodInput(form: ReportForm): SlaReportInput['period'] {
  switch (form.period) {
    case 'month':
      return { month: form.month };
    case 'quarter':
      return { quarter: form.quarter };
    case 'dates':
      return { from: form.from, to: dayAfter(form.last) };
  }
}

export const reportInput = (form: ReportForm): SlaReportInput => ({
  ...(form.name !== '' && { name: form.name }),
  period: periodInput(form),
  time_zone: form.time_zone,
  selection: selectionInput(form),
  target: parseTarget(form.target),
  exclude_maintenance: form.exclude_maintenance,
});

const FORM_FIELDS: Record<string, string> = { to: 'last', selection: 'monitors', status_page: 'page' };

/** "period.month" belongs to the field "month", and "selection.status_page" to "page". */
export function formField(field: string): string {
  const name = field.replace(/^(period|selection)\./, '');
  return FORM_FIELDS[name] ?? name;
}
