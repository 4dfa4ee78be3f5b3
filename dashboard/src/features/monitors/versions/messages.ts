import type { MonitorKind } from '@/api/models';
import { KIND_LABELS } from '@/messages/terms';

export const monitorVersionMessages = {
  about:
    'What was checked, how often and by which rule, and whether it was paused: at most 200 versions, for up to 400 days. Tags, the severity, who is notified and what it depends on are no part of them.',
  unchangedHint:
    'When what is checked, how often or by which rule is changed, what it was before is kept here and can be restored.',
  kept: 'Tags and who is notified stay as they are.',
  pauses: 'The monitor was paused in this version: restoring it pauses the monitor, and nothing is checked.',
  resumes: 'The monitor was not paused in this version: restoring it resumes the monitor.',
  settingsOf: (kind: MonitorKind) => `${KIND_LABELS[kind]} settings`,
  anyValue: 'Any value',
};
