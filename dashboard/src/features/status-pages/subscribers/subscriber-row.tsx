import { CircleCheck, Clock, type LucideIcon, UserMinus, UserX } from 'lucide-react';
import type { Subscriber, SubscriberState } from '@/api/models';
import { IconButton } from '@/components/button';
import { RelativeTime } from '@/components/time';
import { formatDate, formatShortDateTime } from '@/lib/format';
import { useNow } from '@/lib/now';
import { reportMessages } from '../messages';
import { subscriberMessages as messages, SUBSCRIBER_STATES } from './messages';

const STYLES: Record<SubscriberState, { icon: LucideIcon; text: string }> = {
  confirmed: { icon: CircleCheck, text: 'text-up' },
  pending: { icon: Clock, text: 'text-pending' },
  unsubscribed: { icon: UserX, text: 'text-paused' },
};

function Since({ subscriber }: { subscriber: Subscriber }) {
  const { state, created_at: created, confirmed_at: confirmed, expires_at: expires } = subscriber;
  const { unsubscribed_at: ended, unsubscribed_by: by } = subscriber;
  const now = useNow();
  if (state === 'confirmed') return messages.since(formatDate(confirmed ?? created));
  if (state === 'pending') {
    return (
      <>
        {messages.asked} <RelativeTime at={created} />
        {expires && (
          <span className="block">
            {Date.parse(expires) < now ? messages.expired : messages.validUntil(formatShortDateTime(expires))}
          </span>
        )}
      </>
    );
  }
  return (
    <>
      {ended && <RelativeTime at={ended} />}
      {by && (
        <span className="block">{by === 'recipient' ? messages.byRecipient : messages.byMailServer}</span>
      )}
    </>
  );
}

interface Props {
  subscriber: Subscriber;
  /** The names of the components of the page. */
  names: ReadonlyMap<number, string>;
  onRemove: () => void;
}

export function SubscriberRow({ subscriber, names, onRemove }: Props) {
  const { address, state, components, error } = subscriber;
  const { icon: Icon, text } = STYLES[state];
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-1.5 px-5 py-3 sm:grid-cols-[minmax(0,1fr)_14rem_auto]">
      <div className="min-w-0">
        <p className="break-all font-medium text-sm">{address}</p>
        {components === null ? (
          <p className="text-ink-soft text-xs">{messages.allComponents}</p>
        ) : (
          <p className="break-words text-ink-soft text-xs">
            {components.map((id) => names.get(id) ?? reportMessages.deletedComponent).join(', ')}
          </p>
        )}
        {error && <p className="mt-0.5 break-words text-down text-xs">{messages.notDelivered(error)}</p>}
      </div>
      <div className="min-w-0 max-sm:order-last max-sm:col-span-2">
        <p className={`inline-flex items-center gap-1.5 font-medium text-xs ${text}`}>
          <Icon className="size-3.5 shrink-0" aria-hidden />
          {SUBSCRIBER_STATES[state]}
        </p>
        <p className="text-ink-soft text-xs">
          <Since subscriber={subscriber} />
        </p>
      </div>
      <IconButton label={messages.remove(address)} className="-mr-2" onClick={onRemove}>
        <UserMinus className="size-4" aria-hidden />
      </IconButton>
    </li>
  );
}
