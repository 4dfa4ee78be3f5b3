import { describe, expect, it } from 'vitest';
import { heartbeatMonitor, inSeconds } from '../../test/heartbeats';
import { heartbeatState } from './heartbeats';

const shown = (...given: Parameters<typeof heartbeatMonitor>) =>
  heartbeatState(heartbeatMonitor(...given), Date.now());

describe('the state of a heartbeat', () => {
  it('is new until the first ping', () => {
    expect(shown({ state: 'pending', last_ping_at: null, due_at: null, overdue_at: null })).toBe('new');
  });

  it('is late from when a ping was due', () => {
    expect(shown({ due_at: inSeconds(60) })).toBe('up');
    expect(shown({ due_at: inSeconds(-1), overdue_at: inSeconds(60) })).toBe('late');
  });

  it('stays late, not down, until the server has said so', () => {
    expect(shown({ due_at: inSeconds(-60), overdue_at: inSeconds(-1) })).toBe('late');
    expect(shown({ state: 'down', due_at: inSeconds(-60), overdue_at: inSeconds(-1) })).toBe('down');
  });

  it('is not late while it is paused, nor where it must not ping', () => {
    expect(shown({ due_at: inSeconds(-1) }, { paused: true })).toBe('paused');
    expect(shown({ due_at: null }, { upside_down: true })).toBe('up');
  });

  it('is the same while the job is running', () => {
    expect(shown({ started_at: inSeconds(-5) })).toBe('up');
    expect(shown({ state: 'down', started_at: inSeconds(-5) })).toBe('down');
  });
});
