import { expect, it } from 'vitest';
import { NEW_MONITOR } from '../monitor-schema';
import { quorumForm } from '../regions/quorum';
import { candidateOf, type TriedForm, triedRegions } from './candidate';

const form = (changes: Partial<TriedForm>): TriedForm => ({
  ...NEW_MONITOR,
  quorum: quorumForm({ down: 'all' }),
  ...changes,
});

/** What is tried of the regions, where it is valid. */
function decidedBy(changes: Partial<TriedForm>, stored: string[]) {
  const candidate = candidateOf(form(changes), stored);
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
