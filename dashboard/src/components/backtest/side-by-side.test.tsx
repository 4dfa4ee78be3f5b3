import { render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { outcome } from '../../../test/backtest';
import { SideBySide } from './side-by-side';

const SENT = outcome({ incidents: 5, messages: 20, seconds_to_notify: null });
const CANDIDATES = [
  outcome({ name: 'Patient', incidents: 4, messages: 6, missed: 1, seconds_to_detect: 180 }),
  outcome({ name: 'Eager', incidents: 7, messages: 28, added: 2, seconds_to_detect: 30 }),
];

const ResizeObserverBefore = globalThis.ResizeObserver;
let width = 960;

beforeEach(() => {
  width = 960;
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly report: ResizeObserverCallback;
      constructor(report: ResizeObserverCallback) {
        this.report = report;
      }
      observe() {
        const entry = { contentRect: { width } } as ResizeObserverEntry;
        this.report([entry], this as unknown as ResizeObserver);
      }
      unobserve() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  vi.stubGlobal('ResizeObserver', ResizeObserverBefore);
});

it('is a table where there is room for one', () => {
  render(<SideBySide sent={SENT} candidates={CANDIDATES} />);
  const names = screen.getAllByRole('columnheader').map(({ textContent }) => textContent);
  expect(names).toEqual(['Metric', 'What was sent', 'Patient', 'Eager']);
  expect(screen.getByRole('row', { name: 'Notifications 20 6 14 fewer 28 8 more' })).toBeTruthy();
  expect(
    screen.getByRole('row', { name: 'Time to detect 1 min 3 min 2 min later 30 s 30 s sooner' }),
  ).toBeTruthy();
  expect(screen.getByRole('row', { name: 'Added None 0 2' })).toBeTruthy();
});

it('is a card for each on a narrow screen, with the same words', () => {
  width = 340;
  render(<SideBySide sent={SENT} candidates={CANDIDATES} />);
  expect(screen.queryByRole('table')).toBeNull();
  const cards = within(screen.getByRole('list', { name: 'Comparison with what was sent' }));
  const [sent, patient, eager] = cards.getAllByRole('listitem').map(({ textContent }) => textContent);
  expect(sent).toMatch(/^What was sentIncidents5 /);
  expect(sent).not.toMatch(/fewer|more/);
  expect(patient).toMatch(/^PatientIncidents4 1 fewer/);
  expect(patient).toContain('Notifications6 14 fewer');
  expect(eager).toContain('Incidents7 2 more');
  expect(eager).toContain('Time to detect30 s 30 s sooner');
});
