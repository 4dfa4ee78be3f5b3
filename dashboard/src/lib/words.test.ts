import { expect, it } from 'vitest';
import { hasWords, searchable, segmentsOf, wordsOf } from './words';

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

it('leaves words whole whose letters have marks, or are kept apart', () => {
  for (const word of ['हिन्दी', 'ภาษาไทย', 'می\u200cخواهم', 'cafe\u0301'])
    expect(wordsOf(`${word}, x`)).toEqual([word, 'x']);
  expect(wordsOf('\u200c \u0301')).toEqual([]);
});

it('takes as much of a text as can be searched', () => {
  expect(searchable('  Shop\ttimeout ')).toBe('Shop timeout');
  expect(searchable('a '.repeat(12))).toBe('a a a a a a a a a a');
  expect(searchable('x'.repeat(300))).toHaveLength(200);
  const long = Array.from({ length: 25 }, (_, n) => `p${n}`).join('.');
  expect(searchable(long).split('.').at(-1)).toBe('p19');
  expect(searchable(`${Array.from({ length: 20 }, (_, n) => `p${n}`).join('.')} more`)).not.toContain('more');
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
