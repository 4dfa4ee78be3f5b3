import { expect, it } from 'vitest';
import { after, drillDelivery } from '../../test/drills';
import { deliveryEvents } from './delivery-trace';

it('says that what was not delivered had been sent', () => {
  const error = 'the template is paused (error 132015)';
  const reported = { state: 'failed' as const, at: after(9), error };
  const events = deliveryEvents(drillDelivery({ outcome: 'failed', receipt: 'wamid.A', reported }));
  expect(events).toEqual([
    { at: after(0.5), text: 'Queued', detail: null },
    { at: after(2), text: 'Sent', detail: 'wamid.A' },
    { at: after(9), text: 'Failed', detail: error },
  ]);
});

it('says when it was given up', () => {
  const events = deliveryEvents(drillDelivery({ outcome: 'failed', receipt: null }));
  expect(events.at(-1)).toEqual({ at: after(2), text: 'Failed', detail: null });
});
