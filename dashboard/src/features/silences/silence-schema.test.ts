import { expect, it } from 'vitest';
import { silence } from '../../../test/server';
import { coversEverything, endOf, silenceForm, silenceInput, silenceSchema, startOf } from './silence-schema';

const NOW = Date.parse('2026-11-23T20:15:30.500Z');
const EVERYBODY = { monitor: null, isNarrowed: false };

it('lasts as long as it says, tomorrow until nine by the clock here', () => {
  expect(endOf('30m', NOW) - NOW).toBe(30 * 60_000);
  expect(endOf('4h', NOW) - NOW).toBe(4 * 3_600_000);
  const morning = new Date(endOf('tomorrow', NOW));
  expect([morning.getHours(), morning.getMinutes(), morning.getSeconds()]).toEqual([9, 0, 0]);
  expect(morning.getTime()).toBeGreaterThan(NOW);
  expect(morning.getTime() - NOW).toBeLessThan(34 * 3_600_000);
});

it('counts from when it begins, where that is to come', () => {
  const planned = silence({ starts_at: '2026-12-01T10:00:00Z', ends_at: '2026-12-01T12:00:00Z' });
  const initial = silenceForm(planned, NOW, EVERYBODY);
  const input = silenceInput({ ...initial, duration: '1h' }, planned, initial, NOW);
  expect(input).toMatchObject({ ends_at: '2026-12-01T11:00:00.000Z' });
  expect(input).not.toHaveProperty('starts_at');
  expect(startOf(silence({ starts_at: '2026-11-23T10:00:00Z' }), NOW)).toBe(NOW);
});

it('is of everything only where nothing limits it', () => {
  const form = silenceForm(null, NOW, EVERYBODY);
  expect(coversEverything(form)).toBe(true);
  expect(coversEverything({ ...form, all: 'some', monitors: [1] })).toBe(false);
  expect(coversEverything({ ...form, limited: true })).toBe(true);
  const conditions = { ...form.conditions, tags: [1] };
  expect(coversEverything({ ...form, limited: true, conditions })).toBe(false);
  expect(coversEverything({ ...form, limited: false, conditions })).toBe(true);
});

it('takes its times from fields only where they are shown', () => {
  const form = { ...silenceForm(null, NOW, EVERYBODY), reason: 'x', from: '', until: '' };
  expect(silenceSchema.safeParse(form).success).toBe(true);
  expect(silenceSchema.safeParse({ ...form, duration: 'custom' }).success).toBe(false);
});
