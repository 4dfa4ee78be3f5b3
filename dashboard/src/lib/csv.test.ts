import { expect, it } from 'vitest';
import { toCsv } from './csv';

it('quotes what has to be quoted', () => {
  expect(toCsv([['a', 'b, c', 'say "hi"', 'two\nlines', '']])).toBe(
    'a,"b, c","say ""hi""","two\nlines",\r\n',
  );
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('does not let %j run as a formula', (text) => {
  expect(toCsv([[text]])).toContain(`'${text}`);
  expect(toCsv([['x', `a${text}`]])).not.toContain(`'`);
});

it('guards a formula in quotes too', () => {
  expect(toCsv([['=HYPERLINK("https://evil.example", "x")']])).toBe(
    `"'=HYPERLINK(""https://evil.example"", ""x"")"\r\n`,
  );
});
