import { afterEach, expect, it } from 'vitest';
import { rowHeightOf } from './density';

const { style } = document.documentElement;

afterEach(() => style.removeProperty('font-size'));

it('makes rows higher where the text is larger', () => {
  style.fontSize = '16px';
  expect([rowHeightOf('comfortable'), rowHeightOf('compact')]).toEqual([44, 32]);
  style.fontSize = '20px';
  expect([rowHeightOf('comfortable'), rowHeightOf('compact')]).toEqual([55, 40]);
});
