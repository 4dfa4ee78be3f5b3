import { expect, it } from 'vitest';

const SOURCES = import.meta.glob<string>('../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** What the files of each folder may import besides their own folder. The files beside them may import all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: [],
  messages: ['api', 'lib'],
  api: ['lib', 'messages'],
  components: ['api', 'lib', 'messages'],
  features: ['api', 'components', 'lib', 'messages'],
};

/** "lib", or a feature: "features/monitors". */
function zoneOf(path: string): string {
  const [folder = '', feature] = path.split('/');
  return folder === 'features' ? `features/${feature}` : path.includes('/') ? folder : 'app';
}

/** The path below `src` of an import; null for a package and for the tests' helpers. */
function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith('@/')) return specifier.slice(2);
  if (!specifier.startsWith('.')) return null;
  const path = new URL(specifier, `file:///src/${from}`).pathname;
  return path.startsWith('/src/') ? path.slice('/src/'.length) : null;
}

interface Import {
  from: string;
  to: string;
}

const IMPORTS: Import[] = Object.entries(SOURCES).flatMap(([path, source]) => {
  const from = path.replace('../src/', '');
  const specifiers = source.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...specifiers].flatMap(([, specifier = '']) => {
    const to = resolve(from, specifier);
    return to === null ? [] : [{ from, to }];
  });
});

function isAllowed({ from, to }: Import): boolean {
  const [source, target] = [zoneOf(from), zoneOf(to)];
  const [folder = ''] = source.split('/');
  return source === 'app' || source === target || (MAY_IMPORT[folder] ?? []).includes(target);
}

it('finds the imports', () => {
  expect(IMPORTS).toContainEqual({ from: 'pages.ts', to: 'features/auth/login-page' });
  expect(IMPORTS).toContainEqual({
    from: 'features/monitors/kinds/target.ts',
    to: 'features/monitors/messages',
  });
  expect(IMPORTS.length).toBeGreaterThan(400);
});

it('tells what a file may import', () => {
  const from = 'features/monitors/summary.tsx';
  expect(isAllowed({ from, to: 'features/monitors/messages' })).toBe(true);
  expect(isAllowed({ from, to: 'components/state' })).toBe(true);
  expect(isAllowed({ from, to: 'features/incidents/messages' })).toBe(false);
  expect(isAllowed({ from: 'components/shell.tsx', to: 'features/auth/gates' })).toBe(false);
  expect(isAllowed({ from: 'lib/format.ts', to: 'messages/common' })).toBe(false);
});

it('keeps features apart, and what they share below them', () => {
  const wrong = IMPORTS.filter((each) => !isAllowed(each));
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});
