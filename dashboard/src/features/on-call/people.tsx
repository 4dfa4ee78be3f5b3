import { BellOff, UserX } from 'lucide-react';
import type { OnCallPerson } from '@/api/models';
import { onCallMessages as messages } from './messages';

/** Why somebody is not notified when on call. Renders nothing for those who are. */
export function Unreachable({ person }: { person: OnCallPerson | undefined }) {
  if (!person || (person.is_member && person.has_channel)) return null;
  const Icon = person.is_member ? BellOff : UserX;
  return (
    <span
      className="inline-flex items-center gap-1 rounded-full bg-down/10 px-2 py-0.5 font-medium text-down text-xs"
      title={person.is_member ? messages.unreachableHint : undefined}
    >
      <Icon className="size-3.5 shrink-0" aria-hidden />
      {person.is_member ? messages.unreachable : messages.gone}
    </span>
  );
}

/** What somebody is called whom a schedule names. */
export const nameOf = ({ user_id: id, name }: { user_id: number; name: string | null }): string =>
  name ?? messages.former(id);

export const isReachable = ({ is_member, has_channel }: OnCallPerson): boolean => is_member && has_channel;
