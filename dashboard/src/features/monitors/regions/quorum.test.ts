import { describe, expect, it } from 'vitest';
import type { QuorumSetting } from '@/api/models';
import { describeQuorum, explainOne, explainQuorum, quorumInWords, regionNote } from './messages';
import {
  foundWithin,
  type QuorumForm,
  quorumForm,
  quorumInput,
  quorumProblem,
  regionsEdit,
  regionsForm,
  regionsInput,
  typedQuorum,
} from './quorum';

const form = (changes: Partial<QuorumForm> = {}): QuorumForm => ({ ...quorumForm(null), ...changes });

describe('the quorum of a form', () => {
  it.each<[Partial<QuorumForm>, number, { down: number; min: number } | null]>([
    [{ down: 'one' }, 3, { down: 1, min: 1 }],
    [{ down: 'majority' }, 2, { down: 2, min: 2 }],
    [{ down: 'majority' }, 3, { down: 2, min: 2 }],
    [{ down: 'majority' }, 4, { down: 3, min: 3 }],
    [{ down: 'all' }, 3, { down: 3, min: 2 }],
    [{ down: 'number', count: '2' }, 5, { down: 2, min: 2 }],
    [{ down: 'number', count: ' 2 ', min_regions: ' 4 ' }, 5, { down: 2, min: 4 }],
    // Of one region there is none, and what is not complete says nothing.
    [{ down: 'majority' }, 1, null],
    [{ down: 'number', count: '' }, 3, null],
    [{ down: 'number', count: '4' }, 3, null],
    [{ down: 'majority', min_regions: '1' }, 3, null],
  ])('%j of %i regions', (changes, of, expected) => {
    expect(typedQuorum(form(changes), of)).toEqual(expected && { ...expected, of });
  });

  it.each<[Partial<QuorumForm>, string | null]>([
    [{ down: 'number', count: '0' }, 'quorum.count'],
    [{ down: 'number', count: '4' }, 'quorum.count'],
    [{ down: 'number', count: '1.5' }, 'quorum.count'],
    [{ down: 'number', count: '3' }, null],
    // Fewer than have to find it down, or more than there are.
    [{ down: 'majority', min_regions: '1' }, 'quorum.min_regions'],
    [{ down: 'majority', min_regions: '4' }, 'quorum.min_regions'],
    [{ down: 'majority', min_regions: 'two' }, 'quorum.min_regions'],
    [{ down: 'all', min_regions: '1' }, null],
    [{ down: 'one', min_regions: '0' }, 'quorum.min_regions'],
    // What is not used cannot be wrong.
    [{ down: 'majority', count: 'many' }, null],
  ])('is checked as the server does: %j', (changes, field) => {
    expect(quorumProblem(form(changes), 3)?.path.join('.') ?? null).toBe(field);
    expect(quorumProblem(form(changes), 1)).toBeNull();
  });

  it.each<[QuorumSetting | null, QuorumSetting | null]>([
    [null, null],
    [{ down: 'majority', min_regions: null }, null],
    [
      { down: 'majority', min_regions: 3 },
      { down: 'majority', min_regions: 3 },
    ],
    [{ down: 1 }, { down: 1, min_regions: null }],
    [{ down: 2 }, { down: 2, min_regions: null }],
    [
      { down: 'all', min_regions: 1 },
      { down: 'all', min_regions: 1 },
    ],
  ])('keeps %j', (saved, sent) => {
    expect(quorumInput(quorumForm(saved), 3)).toEqual(sent);
    expect(quorumInput(quorumForm(saved), 1)).toBeNull();
  });
});

describe('what is sent', () => {
  it('is nothing of a new monitor in the home region', () => {
    expect(regionsInput(regionsForm({}))).toEqual({});
  });

  it('has the regions in order', () => {
    const values = { regions: ['us', 'eu'], quorum: form({ down: 'one' }) };
    expect(regionsInput(values)).toEqual({ regions: ['eu', 'us'], quorum: { down: 1, min_regions: null } });
  });

  const saved = { regions: ['eu', 'us'], quorum: { down: 'majority' as const, min_regions: null } };

  it('is nothing where nothing has changed', () => {
    expect(regionsEdit(saved, regionsForm(saved))).toEqual({});
    expect(regionsEdit({}, regionsForm({}))).toEqual({});
    expect(regionsEdit({ regions: [], quorum: null }, regionsForm({}))).toEqual({});
  });

  it('is both where one has changed', () => {
    const all = { ...regionsForm(saved), quorum: form({ down: 'all' }) };
    expect(regionsEdit(saved, all)).toEqual({
      regions: ['eu', 'us'],
      quorum: { down: 'all', min_regions: null },
    });
    expect(regionsEdit(saved, { ...all, regions: [] })).toEqual({ regions: [], quorum: null });
    expect(regionsEdit(saved, { ...all, regions: ['us'] })).toEqual({ regions: ['us'], quorum: null });
  });
});

describe('how soon it is found', () => {
  // The table of ADR 32.
  const minute = { interval: 60, deadline: 10, confirming: 0 };
  it.each([
    [1, 1, 70],
    [1, 3, 30],
    [2, 3, 50],
    [3, 3, 70],
  ])('by %i of %i regions within %i s', (down, of, seconds) => {
    expect(foundWithin(minute, { down, of })).toBe(seconds);
  });

  it('takes longer where failures have to be confirmed', () => {
    expect(foundWithin({ ...minute, confirming: 120 }, { down: 2, of: 3 })).toBe(170);
    expect(foundWithin({ interval: 10, deadline: 2.5, confirming: 0 }, { down: 2, of: 3 })).toBe(10);
  });
});

describe('in words', () => {
  it('says what the quorum means', () => {
    expect(explainQuorum({ down: 2, min: 2, of: 3 }, 50)).toBe(
      'Down when 2 of 3 regions find it down; that is found within about 50 s. Decided while at least 2 regions have recent results.',
    );
    expect(explainQuorum({ down: 1, min: 1, of: 3 }, null)).toBe(
      'Down when 1 of 3 regions finds it down. Decided while at least 1 region has recent results.',
    );
    expect(describeQuorum({ down: 3, min: 2, of: 3 })).toBe('Down when all 3 regions find it down');
    expect(explainOne('eu', 70)).toBe('Down when eu finds it down; that is found within about 1 min 10 s.');
  });

  it('says what is set', () => {
    expect(quorumInWords('majority', null)).toBe('Majority');
    expect(quorumInWords(2, 3)).toBe('2 regions, with recent results from at least 3');
  });

  it('says where no pinger is', () => {
    const region = { name: 'eu', pods: 2, last_seen_at: null };
    expect(regionNote(region, 'us')).toBeNull();
    expect(regionNote(region, 'eu')).toBe('home region');
    expect(regionNote({ ...region, pods: null }, 'us')).toBeNull();
    expect(regionNote({ ...region, pods: 0 }, 'us')).toBe('no pinger now');
    expect(regionNote({ ...region, pods: 0, last_seen_at: '2025-11-20T12:00:00Z' }, 'eu')).toMatch(
      /^home region, no pinger since 20 Nov/,
    );
  });
});
