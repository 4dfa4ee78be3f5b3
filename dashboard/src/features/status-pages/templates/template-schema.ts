import type { ReportTemplate, ReportTemplateInput } from '@/api/models';
import { impactValues } from '@/api/schema';
import { nameField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { updateSchema } from '../report-schema';

export const templateSchema = updateSchema.omit({ components: true }).extend({
  name: nameField,
  title: z.string().trim().max(200, validation.maxCharacters(200)),
  /** Blank where it depends. */
  impact: z.enum(['', ...impactValues]),
});

export type TemplateForm = z.input<typeof templateSchema>;

/** The names that the server gives them. */
export const TEMPLATE_FIELDS = ['name', 'title', 'message', 'status', 'impact', 'notify'] as const;

export const notifyChoice = (notify: boolean) => (notify ? ('yes' as const) : ('no' as const));

export const formOf = (template: ReportTemplate | null): TemplateForm => ({
  name: template?.name ?? '',
  title: template?.title ?? '',
  message: template?.message ?? '',
  status: template?.status ?? 'investigating',
  impact: template?.impact ?? '',
  notify: template ? notifyChoice(template.notify) : '',
});

export const templateInput = ({
  title,
  impact,
  notify,
  ...rest
}: z.output<typeof templateSchema>): ReportTemplateInput => ({
  ...rest,
  title: title || null,
  // All become operational by themselves.
  impact: impact === '' || rest.status === 'resolved' ? null : impact,
  notify: notify === 'yes',
});
