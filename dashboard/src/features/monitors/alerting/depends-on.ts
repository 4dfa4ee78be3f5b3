import { z } from '@/lib/zod';
import { pickerMessages } from '@/messages/monitor-picker';

export const MAX_DEPENDENCIES = 20;

/** The monitors on which one depends. */
export const dependsOnField = z
  .array(z.number())
  .max(MAX_DEPENDENCIES, pickerMessages.atMost(MAX_DEPENDENCIES));
