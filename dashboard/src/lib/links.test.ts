import { expect, it } from 'vitest';
import { partsOf } from './links';

const linksOf = (text: string) => partsOf(text).flatMap(({ text: part, isLink }) => (isLink ? [part] : []));

it('finds addresses, without what ends the sentence', () => {
  expect(linksOf('See https://example.org/runbook?a=1#top, then (http://wiki.example/x).')).toEqual([
    'https://example.org/runbook?a=1#top',
    'http://wiki.example/x',
  ]);
  expect(linksOf('"https://example.org"')).toEqual(['https://example.org']);
});

it.each(['javascript:alert(1)', 'example.org', 'https://', 'ftp://example.org/', 'https://['])(
  'finds none in %s',
  (text) => {
    expect(linksOf(text)).toEqual([]);
  },
);

it('keeps all of the text', () => {
  for (const text of ['', 'plain', 'https://a.example/', 'a\nhttps://a.example/ b https://b.example.']) {
    const whole = partsOf(text)
      .map((part) => part.text)
      .join('');
    expect(whole).toBe(text);
  }
});
