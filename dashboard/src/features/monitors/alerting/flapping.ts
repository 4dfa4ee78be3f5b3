import type { FlappingRule } from '@/api/models';
import { whole } from '@/components/schemas';
import { z } from '@/lib/zod';

const RANGES = {
  outages: whole(2, 20),
  within_minutes: whole(1, 1_440),
  lasting_minutes: whole(1, 1_440),
};

/** In the order of the sentence. */
export const FLAPPING_NUMBERS = ['outages', 'within_minutes', 'lasting_minutes'] as const;

export type FlappingNumber = (typeof FLAPPING_NUMBERS)[number];

/** When a monitor is flapping. The numbers do not matter while it is off. */
export const flappingField = z
  .object({
    is_on: z.boolean(),
    outages: z.string(),
    within_minutes: z.string(),
    lasting_minutes: z.string(),
  })
  .superRefine(({ is_on, ...numbers }, context) => {
    if (!is_on) return;
    for (const name of FLAPPING_NUMBERS) {
      const message = RANGES[name].safeParse(numbers[name]).error?.issues[0]?.message;
      if (message) context.addIssue({ code: 'custom', path: [name], message });
    }
  });

export type FlappingForm = z.infer<typeof flappingField>;

const OFFERED: FlappingRule = { outages: 3, within_minutes: 30, lasting_minutes: 5 };

export function flappingForm(rule: FlappingRule | null): FlappingForm {
  const { outages, within_minutes, lasting_minutes } = rule ?? OFFERED;
  return {
    is_on: rule !== null,
    outages: String(outages),
    within_minutes: String(within_minutes),
    lasting_minutes: String(lasting_minutes),
  };
}

/** Null while it is off. */
export const flappingInput = ({ is_on, ...numbers }: FlappingForm): FlappingRule | null =>
  is_on
    ? {
        outages: Number(numbers.outages),
        within_minutes: Number(numbers.within_minutes),
        lasting_minutes: Number(numbers.lasting_minutes),
      }
    : null;
