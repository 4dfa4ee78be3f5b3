import { expect, it } from 'vitest';
import type { ComponentImpact } from '@/api/models';
import { updateField } from './report-schema';

const KNOWN: ComponentImpact[] = [
  { component_id: 1, impact: 'partial_outage' },
  { component_id: 2, impact: 'major_outage' },
];
const COMPONENTS: ComponentImpact[] = [
  { component_id: 1, impact: 'partial_outage' },
  { component_id: 2, impact: 'operational' },
  { component_id: 3, impact: 'major_outage' },
];

it.each([
  ['message', 'message'],
  ['components', 'components'],
  ['components.0.impact', 'components.1.impact'],
  ['components.1.component_id', 'components.2.component_id'],
  ['components.2.component_id', 'components'],
])('names %s of what is sent as the form does: %s', (field, name) => {
  expect(updateField(field, COMPONENTS, KNOWN)).toBe(name);
});
