import type { DrillInput, DrillSchedule, DrillScheduleInput } from '@/api/models';
import { TIME_OF_DAY, withSeconds } from '@/components/hours-form';
import { whole } from '@/components/schemas';
import { browserTimeZone, isTimeZone } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { shortTime } from '@/messages/alerting';
import { validation } from '@/messages/validation';
import { drillMessages } from './messages';

const MAX_NAME = 120;
const MAX_MINUTES = 240;
const MINUTES = '30';
/** Every month has it. */
export const MAX_DAY = 28;

/** What a drill and a schedule have in common. */
const drillFields = {
  /** At most one. */
  monitors: z.array(z.number()).length(1, drillMessages.chooseMonitor),
  name: z.string().trim().max(MAX_NAME, validation.maxCharacters(MAX_NAME)),
  minutes: whole(1, MAX_MINUTES),
};

export const drillSchema = z.object(drillFields);

export const DRILL_FIELDS = ['monitors', 'name', 'minutes'] as const;

export const drillForm = (monitor: number | null) => ({
  monitors: monitor === null ? [] : [monitor],
  name: '',
  minutes: MINUTES,
});

/** A blank name is left to the server. */
export const drillInput = ({ monitors, name, minutes }: z.output<typeof drillSchema>): DrillInput => ({
  monitor_id: monitors[0] as number,
  minutes,
  ...(name !== '' && { name }),
});

export const scheduleSchema = z.object({
  ...drillFields,
  name: drillFields.name.min(1, validation.required),
  day: whole(1, MAX_DAY),
  time: z.string().regex(TIME_OF_DAY, validation.time),
  time_zone: z.string().refine(isTimeZone, validation.timeZone),
  enabled: z.boolean(),
});

export const SCHEDULE_FIELDS = [...DRILL_FIELDS, 'day', 'time', 'time_zone'] as const;

export const scheduleForm = (schedule: DrillSchedule | null) => ({
  monitors: schedule ? [schedule.monitor_id] : [],
  name: schedule?.name ?? '',
  minutes: schedule ? String(schedule.minutes) : MINUTES,
  day: String(schedule?.day ?? 1),
  time: shortTime(schedule?.time ?? '10:00'),
  time_zone: schedule?.time_zone ?? browserTimeZone(),
  enabled: schedule?.enabled ?? true,
});

export const scheduleInput = (
  { monitors, time, ...fields }: z.output<typeof scheduleSchema>,
  old: DrillSchedule | null,
): DrillScheduleInput => ({
  ...fields,
  monitor_id: monitors[0] as number,
  // Its seconds, which the field does not show, stay unless the time changes.
  time: old && shortTime(old.time) === time ? old.time : withSeconds(time),
});

/** The server's names of fields that are called otherwise here. */
export const formField = (field: string): string => (field === 'monitor_id' ? 'monitors' : field);
