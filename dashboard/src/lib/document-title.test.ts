import { expect, it } from 'vitest';
import { setOngoingInTitle, setPageTitle } from './document-title';

it('has the number of ongoing things before whatever page is shown, and none without any', () => {
  setOngoingInTitle(3);
  setPageTitle('Monitors');
  expect(document.title).toBe('(3) Monitors');
  setPageTitle('Example');
  expect(document.title).toBe('(3) Example');
  setOngoingInTitle(0);
  expect(document.title).toBe('Example');
});
