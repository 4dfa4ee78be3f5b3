import { expect, it } from 'vitest';
import { badgesOf } from './badge-links';

it('makes links of a badge that are safe to paste', () => {
  const badges = badgesOf('https://up.example.org', 'k3y', 'A [b] <"c">');
  expect(badges.markdown).toBe('![A \\[b\\] \\<"c"\\>](https://up.example.org/badge/k3y.svg)');
  expect(badges.html).toBe(
    '<img src="https://up.example.org/badge/k3y.svg" alt="A [b] &lt;&quot;c&quot;&gt;">',
  );
  expect(badges.shields).toContain(
    '(https://img.shields.io/endpoint?url=https%3A%2F%2Fup.example.org%2Fbadge%2Fk3y.shields)',
  );
  expect(badges.json).toBe('https://up.example.org/badge/k3y.json');
});
