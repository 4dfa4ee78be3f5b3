import { expect, it } from 'vitest';
import { hasWords, segmentsOf, wordsOf } from './words';

it('takes a text apart at punctuation', () => {
  expect(wordsOf('  API.eu-1.example.org read_timeout ')).toEqual([
    'api',
    'eu',
    '1',
    'example',
    'org',
    'read',
    'timeout',
  ]);
  expect(wordsOf('…')).toEqual([]);
});

it('finds a text by the beginnings of its words', () => {
  expect(hasWords('SLA reports', ['rep', 'sla'])).toBe(true);
  expect(hasWords('SLA reports', ['ports'])).toBe(false);
  expect(hasWords('SLA reports', [])).toBe(true);
});

it('marks the beginnings of words', () => {
  const marked = (text: string, words: string[]) =>
    segmentsOf(text, words)
      .map((segment) => (segment.isMatch ? `[${segment.text}]` : segment.text))
      .join('');
  expect(marked('Shop workshop', ['shop'])).toBe('[Shop] workshop');
  expect(marked('https://api.example.org', ['ap', 'api', 'org'])).toBe('https://[api].example.[org]');
  expect(marked('Größe', ['grö'])).toBe('[Grö]ße');
  expect(marked('plain', [])).toBe('plain');
  expect(segmentsOf('', ['a'])).toEqual([]);
});
