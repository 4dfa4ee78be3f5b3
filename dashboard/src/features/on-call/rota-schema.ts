import type {
  OnCallLayer,
  OnCallRestriction,
  OnCallSchedule,
  OnCallScheduleInput,
  Weekday,
} from '@/api/models';
import { rotationUnitValues, weekdayValues } from '@/api/schema';
import { nameField } from '@/components/schemas';
import { browserTimeZone, formatLocalTime, isTimeZone, parseLocalTime, toLocalTime } from '@/lib/time-zone';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { editorMessages } from './messages';

export const MAX_LAYERS = 20;
export const MAX_RESTRICTIONS = 20;
const MAX_PEOPLE = 50;
const MAX_EVERY = 365;
const DAY_MS = 86_400_000;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

const time = z.string().regex(TIME_OF_DAY, validation.time);

const restriction = z.object({
  /** Every day, or from a day of the week on. */
  from_day: z.enum(['daily', ...weekdayValues]),
  from: time,
  until_day: z.enum(weekdayValues as readonly [Weekday, ...Weekday[]]),
  until: time,
});

const layer = z.object({
  people: z
    .array(z.number())
    .min(1, editorMessages.atLeastOnePerson)
    .max(MAX_PEOPLE, editorMessages.maxPeople),
  starts_at: z.string().refine((text) => !Number.isNaN(parseLocalTime(text)), validation.dateTime),
  rotation: z.object({
    every: z
      .string()
      .trim()
      .regex(/^\d+$/, validation.wholeNumber)
      .refine((text) => Number(text) >= 1 && Number(text) <= MAX_EVERY, validation.between(1, MAX_EVERY)),
    unit: z.enum(rotationUnitValues),
  }),
  /** None: it always applies. */
  restrictions: z.array(restriction),
});

export const rotaSchema = z.object({
  name: nameField,
  time_zone: z.string().refine(isTimeZone, validation.timeZone),
  layers: z.array(layer),
});

export type RotaForm = z.input<typeof rotaSchema>;
export type LayerForm = RotaForm['layers'][number];
export type RestrictionForm = LayerForm['restrictions'][number];

export const NEW_RESTRICTION: RestrictionForm = {
  from_day: 'daily',
  from: '09:00',
  until_day: 'Mon',
  until: '17:00',
};

/** Turns of a week, from nine o'clock of this week's Monday on, so that somebody is on call at once. */
export function newLayer(now: number, zone: string): LayerForm {
  const today = toLocalTime(now, zone);
  const weekday = (new Date(today).getUTCDay() + 6) % 7;
  const monday = Math.floor(today / DAY_MS) * DAY_MS - weekday * DAY_MS;
  return {
    people: [],
    starts_at: formatLocalTime(monday + 9 * 3_600_000),
    rotation: { every: '1', unit: 'weeks' },
    restrictions: [],
  };
}

const withoutSeconds = (text: string) => text.replace(/^(.*\d\d:\d\d):00$/, '$1');
const withSeconds = (text: string) => (/\d\d:\d\d:\d\d$/.test(text) ? text : `${text}:00`);

const restrictionForm = (saved: OnCallRestriction): RestrictionForm => ({
  from_day: saved.repeat === 'weekly' ? saved.from_day : 'daily',
  from: withoutSeconds(saved.from),
  until_day: saved.repeat === 'weekly' ? saved.until_day : 'Mon',
  until: withoutSeconds(saved.until),
});

const layerForm = ({ people, starts_at, rotation, restrictions = [] }: OnCallLayer): LayerForm => ({
  people: [...people],
  starts_at: withoutSeconds(starts_at),
  rotation: { every: String(rotation.every), unit: rotation.unit },
  restrictions: restrictions.map(restrictionForm),
});

/** Of null that of a new schedule. */
export function rotaForm(schedule: OnCallSchedule | null, now: number): RotaForm {
  if (schedule) {
    const { name, time_zone, layers } = schedule;
    return { name, time_zone, layers: layers.map(layerForm) };
  }
  const zone = browserTimeZone();
  return { name: '', time_zone: zone, layers: [newLayer(now, zone)] };
}

function restrictionInput({ from_day: day, from, until_day, until }: RestrictionForm): OnCallRestriction {
  const times = { from: withSeconds(from), until: withSeconds(until) };
  return day === 'daily'
    ? { repeat: 'daily', ...times }
    : { repeat: 'weekly', from_day: day, until_day, ...times };
}

export const layerInput = ({ people, starts_at, rotation, restrictions }: LayerForm): OnCallLayer => ({
  people,
  starts_at: withSeconds(starts_at),
  rotation: { every: Number(rotation.every), unit: rotation.unit },
  restrictions: restrictions.map(restrictionInput),
});

export const rotaInput = ({ name, time_zone, layers }: RotaForm) =>
  ({ name, time_zone, layers: layers.map(layerInput) }) satisfies OnCallScheduleInput;

/** Whether a time of every day ends on the next one. */
export const endsNextDay = ({ from_day, from, until }: RestrictionForm): boolean =>
  from_day === 'daily' && from !== '' && until !== '' && until <= from;

/** The names of the fields, for errors of the server; of the layers and their times those of the first. */
export const ROTA_FIELDS = [
  'name',
  'time_zone',
  'layers.0.people',
  'layers.0.starts_at',
  'layers.0.rotation.every',
  'layers.0.rotation.unit',
  'layers.0.restrictions.0.from_day',
  'layers.0.restrictions.0.from',
  'layers.0.restrictions.0.until_day',
  'layers.0.restrictions.0.until',
] as const;

/** What a preview is asked for: the layers that are complete. Null while one is not. */
export function completeRota(form: Pick<RotaForm, 'time_zone' | 'layers'>) {
  const parsed = rotaSchema.omit({ name: true }).safeParse(form);
  if (!parsed.success) return null;
  return { time_zone: parsed.data.time_zone, layers: parsed.data.layers.map(layerInput) };
}
