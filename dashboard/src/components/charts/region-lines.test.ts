import { expect, it } from 'vitest';
import { regionLine } from './region-lines';

it('has other dashes for the first regions, and another line for each that can be', () => {
  const lines = Array.from({ length: 16 }, (_, index) => regionLine(index));
  expect(new Set(lines.slice(0, 6).map(({ dash }) => dash)).size).toBe(6);
  expect(new Set(lines.map(({ line, dash }) => `${line} ${dash}`)).size).toBe(16);
});
