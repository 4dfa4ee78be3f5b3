import { formatQuantity } from '@/lib/format';
import { minutes } from '@/messages/alerting';

export const policyMessages = {
  add: 'Add policy',
  addTitle: 'Add escalation policy',
  editTitle: 'Edit escalation policy',
  delete: 'Delete policy',
  deleteHint:
    'Ongoing incidents that follow it continue as before. A policy that is in use cannot be deleted.',
  list: 'Escalation policies',
  about:
    'A policy notifies people step by step until somebody acknowledges the incident. Routes and monitors name it.',
  none: 'No escalation policies yet',
  noneHint:
    'A policy notifies one after the other until somebody acknowledges the incident. First add the people’s channels or an on-call schedule, then a policy, then a route that names it.',
  usedBy: (use: string) => `Used by ${use}`,
  unused: 'Not used yet: name it in a route or at a monitor.',
  unreachable: (names: string) => `Cannot be reached: ${names}`,
  unreachableOne: (name: string, problem: string) => `${name} (${problem.toLowerCase()})`,
  example: 'Night shift',
  steps: 'Steps',
  step: (at: number) => `Step ${at + 1}`,
  stepTitle: (at: number, count: number) => `Step ${at + 1} of ${count}`,
  addStep: 'Add step',
  moveUp: (at: number) => `Move step ${at + 1} up`,
  moveDown: (at: number) => `Move step ${at + 1} down`,
  removeStep: (at: number) => `Remove step ${at + 1}`,
  wait: 'Wait',
  waitFirst: 'After the incident starts.',
  waitNext: 'After the step before. A step that reaches nobody is followed at once.',
  targets: 'Notify',
  addTarget: 'Add target',
  addTargets: 'Add targets',
  removeTarget: (name: string) => `Remove ${name}`,
  searchTargets: 'Search targets',
  searchHint: 'Name',
  addSelected: (count: number) => `Add ${formatQuantity(count, 'target')}`,
  full: (max: number) => `A step has at most ${max} targets.`,
  nothingFound: 'Nothing found',
  noTargets: 'There is nobody to notify yet. Add a channel, an on-call schedule or a team first.',
  conditions: 'Conditions',
  always: 'Always',
  severities: 'Severity of the monitor',
  time: 'When it is due',
  conditionsHint: 'The step is left out if these do not match when it is due.',
  afterSteps: 'If nobody acknowledges',
  repeats: 'Repeat',
  repeatsUnit: 'times',
  repeatsHint: 'All steps again, up to 9 times. 0: no repetition.',
  repeatAfter: 'Each after',
  repeatAfterHint: 'Counted from the last step.',
  acknowledgement: 'If somebody acknowledges',
  expires: 'Acknowledgement expires after',
  expiresHint: 'Escalation continues then if the incident is still ongoing. 0: never.',
  summary: 'In words',
  summaryEmpty: 'Add a target to the first step.',
  noTargetYet: 'nobody yet',
  expiresInWords: (count: number) => `An acknowledgement expires after ${minutes(count)}.`,
  end: (repeats: number, after: number) =>
    repeats === 0
      ? 'No repetition'
      : `All steps again ${repeats === 1 ? 'once' : `${repeats} times`}, ${minutes(after)} after the last step`,
  nothingToTry: 'No route and no monitor names it yet, so there is nothing to try it on.',
  readOnly: 'Escalation policy',
};

export const policyErrors = {
  noTargets: 'Add at least one target',
  maxTargets: (max: number) => `Must be at most ${max} targets`,
};
