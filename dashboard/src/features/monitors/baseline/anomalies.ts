import type { AnomalyRule, Sensitivity } from '@/api/models';
import { z } from '@/lib/zod';

export const SENSITIVITIES = ['low', 'medium', 'high'] as const satisfies readonly Sensitivity[];

/** How soon response times count as slower than usual, if they are held against that at all, and who hears of it. */
export const anomaliesField = z.object({
  sensitivity: z.enum(['off', ...SENSITIVITIES]),
  notify: z.boolean(),
});

export type AnomaliesForm = z.infer<typeof anomaliesField>;

export const anomaliesForm = (rule: AnomalyRule | null): AnomaliesForm => ({
  sensitivity: rule?.sensitivity ?? 'off',
  notify: rule?.notify ?? false,
});

/** Null while it is off. */
export const anomaliesInput = ({ sensitivity, notify }: AnomaliesForm): AnomalyRule | null =>
  sensitivity === 'off' ? null : { sensitivity, notify };
