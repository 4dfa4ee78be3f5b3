import { UnreadableNote as Note } from '@/components/unreadable-note';
import { monitorMessages } from './messages';

/** Why the settings are not shown. */
export const UnreadableNote = ({ error }: { error: string }) => (
  <Note title={monitorMessages.unreadable} error={error} />
);
