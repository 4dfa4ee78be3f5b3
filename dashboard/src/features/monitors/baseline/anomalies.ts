import type { AnomalyRule, Sensitivity } from '@/api/models';
import { z } from '@/lib/zod';

export const SENSITIVITIES = ['low', 'medium', 'high'] as const satisfies readonly Sensitivity[];

/** How soon response times count as slower than usual, if they are held against that at all. */
export const anomaliesField = z.enum(['off', ...SENSITIVITIES]);

export type AnomaliesForm = z.infer<typeof anomaliesField>;

export const anomaliesForm = (rule: AnomalyRule | null): AnomaliesForm => rule?.sensitivity ?? 'off';

/** Null while it is off. */
export const anomaliesInput = (value: AnomaliesForm): AnomalyRule | null =>
  value === 'off' ? null : { sensitivity: value };
