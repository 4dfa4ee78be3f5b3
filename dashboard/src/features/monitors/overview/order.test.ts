import { describe, expect, it } from 'vitest';
import type { Monitor, State } from '@/api/models';
import { monitor } from '../../../../test/server';
import { DEFAULT_ORDER, formatOrder, nextOrder, type Order, parseOrder, sortMonitors } from './order';

const NOW = Date.parse('2025-11-20T12:00:00Z');

let id = 0;
function one(name: string, state: State, changes: Partial<Monitor> = {}, status: object = {}): Monitor {
  const given = monitor({ id: ++id, name, paused: state === 'paused', ...changes });
  return { ...given, status: { ...given.status, state, ...status } };
}

const names = (monitors: Monitor[], order: Order = DEFAULT_ORDER) =>
  sortMonitors(monitors, order, NOW)
    .map(({ name }) => name)
    .join(' ');

describe('sortMonitors', () => {
  it('has down before degraded before up, then goes by name as people count', () => {
    const monitors = [
      one('api10', 'up'),
      one('paused', 'paused'),
      one('api9', 'up'),
      one('new', 'pending'),
      one('slow', 'degraded'),
      one('broken', 'down'),
    ];
    expect(names(monitors)).toBe('broken slow api9 api10 new paused');
    expect(names(monitors, { by: 'name', isDescending: true })).toBe('slow paused new broken api10 api9');
  });

  it('has what is late or not decided between what is degraded and what is up', () => {
    const late = { due_at: '2025-11-20T11:59:00Z', overdue_at: '2025-11-20T12:30:00Z' };
    const monitors = [
      one('up', 'up'),
      one('unseen', 'down', {}, { is_unseen: true }),
      one('late', 'up', { kind: 'heartbeat' }, late),
      one('slow', 'degraded'),
      one('unknown', 'up', { not_known: ['status'] }),
    ];
    expect(names(monitors)).toBe('slow late unseen up unknown');
  });

  it('has those without a value last, whichever way the column goes', () => {
    const monitors = [
      one('none', 'down', { uptime_24h: null }, { latency_ms: null }),
      one('fast', 'up', { uptime_24h: 0.9 }, { latency_ms: 10 }),
      one('slow', 'up', { uptime_24h: 1 }, { latency_ms: 900 }),
    ];
    expect(names(monitors, { by: 'response', isDescending: false })).toBe('fast slow none');
    expect(names(monitors, { by: 'response', isDescending: true })).toBe('slow fast none');
    expect(names(monitors, { by: 'uptime', isDescending: false })).toBe('fast slow none');
  });

  it('goes by the failures of the last checks, and by when certificates expire', () => {
    const points = (...states: ('up' | 'down' | 'degraded')[]) =>
      states.map((state, at) => ({ at: new Date(NOW + at).toISOString(), state, latency_ms: 1 }));
    const monitors = [
      one('ok', 'up', { sparkline: points('up', 'up') }, { tls_expires_at: '2026-03-01T00:00:00Z' }),
      one('shaky', 'up', { sparkline: points('down', 'up') }, { tls_expires_at: '2025-12-01T00:00:00Z' }),
      one('slow', 'up', { sparkline: points('degraded', 'degraded') }),
    ];
    expect(names(monitors, { by: 'checks', isDescending: true })).toBe('shaky slow ok');
    expect(names(monitors, { by: 'certificate', isDescending: false })).toBe('shaky ok slow');
  });

  it('goes by a name that nobody had before', () => {
    const before = [one('b', 'up'), one('c', 'up')];
    expect(names(before)).toBe('b c');
    expect(names([...before, one('a', 'up')])).toBe('a b c');
    expect(names([...before, one('B2', 'up')], { by: 'name', isDescending: true })).toBe('c B2 b');
  });

  it('sorts five thousand', () => {
    const monitors = Array.from({ length: 5_000 }, (_, at) => one(`m${(at * 7_919) % 5_000}`, 'up'));
    const sorted = sortMonitors(monitors, DEFAULT_ORDER, NOW);
    expect(sorted.map(({ name }) => name).slice(0, 3)).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('the order in the address', () => {
  it('is read as it was written, and left out where it is the usual one', () => {
    expect(formatOrder(DEFAULT_ORDER)).toBeUndefined();
    for (const text of ['-state', 'name', '-response', 'certificate']) {
      expect(formatOrder(parseOrder(text) ?? DEFAULT_ORDER)).toBe(text);
    }
    for (const wrong of ['', '-', 'colour', '--name', 3, null]) expect(parseOrder(wrong)).toBeNull();
  });

  it('turns round with a second click, and begins with what people look for', () => {
    const slowest = nextOrder(DEFAULT_ORDER, 'response');
    expect(slowest).toEqual({ by: 'response', isDescending: true });
    expect(nextOrder(slowest, 'response')).toEqual({ by: 'response', isDescending: false });
    expect(nextOrder(slowest, 'uptime')).toEqual({ by: 'uptime', isDescending: false });
  });
});
