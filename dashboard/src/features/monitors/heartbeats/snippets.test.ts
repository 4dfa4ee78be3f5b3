import { describe, expect, it } from 'vitest';
import { keysOf } from '@/lib/keys-of';
import { LANGUAGE_LABELS } from './messages';
import { snippetsOf } from './snippets';

const URL = 'https://up.example.org/ping/0b9c5e1e-6f0a-4f5e-9d0c-2f7a1b3c4d5e';

describe.each(keysOf(LANGUAGE_LABELS))('the snippets in %s', (language) => {
  const { simple, full } = snippetsOf(language, URL);

  it('have the address', () => {
    for (const text of [simple, full]) {
      expect(text).toContain(URL);
      expect(text).not.toMatch(/undefined|\[object/);
    }
  });

  it('send the start, and a failure or the exit status', () => {
    expect(full).toMatch(/\bstart\b/);
    expect(full).toMatch(/\/fail|\/\$|ping \$\?/);
  });

  it('try again, and give up in time', () => {
    for (const text of [simple, full]) {
      expect(text).toMatch(/--retry 5|-t 5|attempt/);
      expect(text).toMatch(/-m 10|-T 10|timeout|TimeoutSec 10|10 \* time\.Second/i);
    }
  });
});

it('is one line for a crontab', () => {
  const { simple, full } = snippetsOf('crontab', URL);
  for (const line of [simple, full]) {
    expect(line).not.toContain('\n');
    // Cron takes it as the end of the command.
    expect(line).not.toContain('%');
  }
});

it('does not fail a job, nor have it repeated, for a ping that got lost', () => {
  const github = Object.values(snippetsOf('github', URL)).join('\n');
  for (const line of github.split('\n').filter((line) => line.includes('curl'))) {
    expect(line).toMatch(/ \|\| true$/);
  }
  const kubernetes = snippetsOf('kubernetes', URL);
  expect(kubernetes.simple).toMatch(/; true; }$/);
  expect(kubernetes.full).toMatch(/exit \$STATUS$/);
});
