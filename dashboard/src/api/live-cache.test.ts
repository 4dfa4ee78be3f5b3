import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { monitor, page } from '../../test/server';
import { keys } from './keys';
import { applyStatus } from './live-cache';
import type { Monitor, StatusEvent } from './models';
import type { MonitorPages } from './monitors';

const LIST = keys.monitorList({ q: '', state: '', kind: '', tag: '' });

const downAt = (at: string): StatusEvent => ({
  monitor_id: 42,
  status: {
    state: 'down',
    since: at,
    last_checked_at: at,
    latency_ms: null,
    status_code: null,
    error: 'connection refused',
    error_code: 'connect_refused',
    incident_id: '8f0c1c1e-0000-4000-8000-000000000000',
  },
  point: { at, state: 'down', latency_ms: null },
});

function cache() {
  const client = new QueryClient();
  const data: MonitorPages = {
    pages: [page([monitor({ id: 7, name: 'Other' })]), page([monitor()])],
    pageParams: [undefined, 'next'],
  };
  client.setQueryData(LIST, data);
  client.setQueryData(keys.monitor(42), monitor());
  const listed = (id: number) =>
    client
      .getQueryData<MonitorPages>(LIST)
      ?.pages.flatMap((p) => p.items)
      .find((m) => m.id === id);
  return { client, data, listed, one: () => client.getQueryData<Monitor>(keys.monitor(42)) };
}

describe('applyStatus', () => {
  it('updates the list item and the single monitor, and nothing else', () => {
    const { client, data, listed, one } = cache();
    const event = downAt('2025-11-20T12:01:00.000Z');
    expect(applyStatus(client, event)).toEqual({ changed: true });
    for (const changed of [listed(42), one()]) {
      expect(changed?.status).toEqual(event.status);
      expect(changed?.sparkline.map((point) => point.state)).toEqual(['up', 'down']);
      expect(changed?.name).toBe('Example');
    }
    expect(client.getQueryData<MonitorPages>(LIST)?.pages[0]).toBe(data.pages[0]);
  });

  it('keeps a sparkline at 30 points', () => {
    const { client, one } = cache();
    for (let second = 10; second < 50; second++)
      applyStatus(client, downAt(`2025-11-20T12:01:${second}.000Z`));
    expect(one()?.sparkline).toHaveLength(30);
    expect(one()?.sparkline.at(-1)?.at).toBe('2025-11-20T12:01:49.000Z');
  });

  it('ignores a repeated event', () => {
    const { client, one } = cache();
    const event = downAt('2025-11-20T12:01:00.000Z');
    applyStatus(client, event);
    expect(applyStatus(client, event)).toEqual({ changed: false });
    expect(one()?.sparkline).toHaveLength(2);
  });

  it('ignores a stale event', () => {
    const { client, one } = cache();
    applyStatus(client, downAt('2025-11-20T11:59:00.000Z'));
    expect(one()?.status.state).toBe('up');
    expect(one()?.sparkline).toHaveLength(1);
  });

  it('reports no change for a monitor that is not cached', () => {
    const { client } = cache();
    expect(applyStatus(client, { ...downAt('2025-11-20T12:01:00.000Z'), monitor_id: 99 })).toEqual({
      changed: false,
    });
  });
});
