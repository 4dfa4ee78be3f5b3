import { describe, expect, it } from 'vitest';
import { diff } from './diff';

describe('diff', () => {
  it('names the fields that differ, also inside of others', () => {
    const before = { id: 1, version: 1, name: 'Shop', paused: false, http: { method: 'GET', auth: null } };
    const after = {
      id: 1,
      version: 2,
      name: 'Shop',
      paused: true,
      http: { method: 'POST', auth: { type: 'basic' } },
    };
    expect(diff(before, after)).toEqual([
      { field: 'paused', before: 'false', after: 'true' },
      { field: 'http.method', before: 'GET', after: 'POST' },
      { field: 'http.auth.type', before: null, after: 'basic' },
    ]);
  });

  it('compares lists as a whole', () => {
    expect(diff({ monitors: [1, 2] }, { monitors: [2] })).toEqual([
      { field: 'monitors', before: '[1,2]', after: '[2]' },
    ]);
  });

  it('shows everything of what is new or gone', () => {
    expect(diff(null, { id: 1, name: 'CI', networks: [] })).toEqual([
      { field: 'name', before: null, after: 'CI' },
      { field: 'networks', before: null, after: '[]' },
    ]);
    expect(diff({ role: 'admin' }, null)).toEqual([{ field: 'role', before: 'admin', after: null }]);
    expect(diff(null, null)).toEqual([]);
  });
});
