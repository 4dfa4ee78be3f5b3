import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { sessionStore } from '@/api/session';
import { quickStyle } from './computed-style';
import { server } from './server';

// Generous, so that a busy machine does not fail a test.
configure({ asyncUtilTimeout: 20_000 });

// Of both: the window of the document is not the global one.
vi.stubGlobal('getComputedStyle', quickStyle);
if (document.defaultView) document.defaultView.getComputedStyle = quickStyle;

// Browser APIs that jsdom lacks.
vi.stubGlobal('matchMedia', () => ({
  matches: false,
  addEventListener: () => {},
  removeEventListener: () => {},
}));
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
Element.prototype.scrollIntoView = () => {};
window.scrollTo = () => {};

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  sessionStore.reset();
});
afterAll(() => server.close());
