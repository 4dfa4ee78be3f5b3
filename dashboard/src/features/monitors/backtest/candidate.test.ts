import { expect, it } from 'vitest';
import { NEW_MONITOR } from '../monitor-schema';
import { quorumForm } from '../regions/quorum';
import { candidateOf, type TriedForm, triedRegions } from './candidate';

const form = (changes: Partial<TriedForm>): TriedForm => ({
  ...NEW_MONITOR,
  quorum: quorumForm({ down: 'all' }),
  ...changes,
});

/** What is tried of the regions, where it is valid, of a monitor that is down when any of these finds it so. */
function decidedBy(changes: Partial<TriedForm>, regions: string[]) {
  const candidate = candidateOf(form(changes), { regions, quorum: quorumForm({ down: 1 }) });
  return candidate && { regions: candidate.regions, quorum: candidate.quorum };
}

const NOTHING = { regions: undefined, quorum: undefined };

it('tries the quorum of the regions that have results', () => {
  const stored = ['ap', 'eu', 'us'];
  const quorum = { down: 'all', min_regions: null };
  expect(decidedBy({ regions: ['us', 'eu'] }, stored)).toEqual({ regions: ['eu', 'us'], quorum });
  expect(decidedBy({ regions: ['us', 'eu', 'sa'] }, stored)).toEqual({ regions: ['eu', 'us'], quorum });
  expect(decidedBy({ regions: ['us', 'eu'], quorum: quorumForm(null) }, stored)).toEqual({
    regions: ['eu', 'us'],
    quorum: { down: 'majority', min_regions: null },
  });
});

it('tries one region by itself', () => {
  expect(decidedBy({ regions: ['us'] }, ['eu', 'us'])).toEqual({ regions: ['us'], quorum: undefined });
  expect(decidedBy({ regions: ['eu', 'sa'] }, ['eu', 'us'])).toEqual({
    regions: ['eu'],
    quorum: undefined,
  });
});

it('tries nothing of them where one region has results, or none that is chosen', () => {
  expect(decidedBy({ regions: ['eu', 'us'] }, [])).toEqual(NOTHING);
  expect(decidedBy({ regions: ['eu', 'us'] }, ['eu'])).toEqual(NOTHING);
  expect(decidedBy({ regions: ['ap', 'sa'] }, ['eu', 'us'])).toEqual(NOTHING);
  expect(decidedBy({ regions: [] }, ['eu', 'us'])).toEqual(NOTHING);
  // Three of two can never be.
  const three = quorumForm({ down: 3 });
  expect(decidedBy({ regions: ['eu', 'sa', 'us'], quorum: three }, ['eu', 'us'])).toEqual(NOTHING);
});

it('tries nothing of them while they decide as it is saved', () => {
  const quorum = quorumForm({ down: 1 });
  expect(decidedBy({ regions: ['us', 'eu'], quorum }, ['eu', 'us'])).toEqual(NOTHING);
  expect(decidedBy({ regions: ['us', 'eu'], quorum, down_after: '5' }, ['eu', 'us'])).toEqual(NOTHING);
  expect(decidedBy({ regions: ['us', 'eu'] }, ['eu', 'us'])).not.toEqual(NOTHING);
});

it('waits for a quorum that is valid', () => {
  const regions = ['eu', 'us'];
  expect(decidedBy({ regions, quorum: { ...quorumForm({ down: 3 }), count: '' } }, regions)).toBeNull();
});

it('tells regions with results from those without', () => {
  expect(triedRegions({ regions: ['us', 'sa', 'eu'] }, ['eu', 'us'])).toEqual({
    known: ['eu', 'us'],
    added: ['sa'],
  });
});
