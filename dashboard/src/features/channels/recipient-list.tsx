import { useMutation } from '@tanstack/react-query';
import { CircleCheck, Clock, type LucideIcon, OctagonX } from 'lucide-react';
import type { ChannelStore } from '@/api/channels';
import type { Channel, EmailRecipient, EmailRecipientState } from '@/api/models';
import { Button } from '@/components/button';
import { RelativeTime } from '@/components/time';
import { toastError, toastSuccess } from '@/components/toasts';
import { RECIPIENT_STATES, recipientMessages } from './messages';

const STYLES: Record<EmailRecipientState, { icon: LucideIcon; text: string }> = {
  confirmed: { icon: CircleCheck, text: 'text-up' },
  waiting: { icon: Clock, text: 'text-pending' },
  declined: { icon: OctagonX, text: 'text-down' },
};

function Asked({ recipient }: { recipient: EmailRecipient }) {
  if (recipient.error) {
    return <span className="text-down">{recipientMessages.notAsked(recipient.error)}</span>;
  }
  return recipient.asked_at ? (
    <>
      {recipientMessages.asked} <RelativeTime at={recipient.asked_at} />
    </>
  ) : (
    recipientMessages.notSent
  );
}

type Ask = NonNullable<ChannelStore['ask']>;

interface ResendProps {
  channel: Channel;
  ask: Ask;
  recipient: EmailRecipient;
}

function Resend({ channel, ask, recipient }: ResendProps) {
  const send = useMutation({
    mutationFn: () => ask(channel.id, recipient.id),
    onSuccess: () => toastSuccess(recipientMessages.resending(recipient.address)),
    onError: (error) => toastError(recipientMessages.resendFailed(recipient.address), error),
  });
  return (
    <Button
      variant="ghost"
      aria-label={recipientMessages.resendTo(recipient.address)}
      busy={send.isPending}
      onClick={() => send.mutate()}
    >
      {recipient.state === 'declined' ? recipientMessages.askAgain : recipientMessages.resend}
    </Button>
  );
}

const isLeftAlone = ({ ask_again_at: at }: EmailRecipient) => Boolean(at && new Date(at) > new Date());

interface ResendAllProps {
  channel: Channel;
  askAll: NonNullable<ChannelStore['askAll']>;
  recipients: EmailRecipient[];
}

/** One button for all recipients: whoever has declined is asked when nobody else has still to answer. */
function ResendAll({ channel, askAll, recipients }: ResendAllProps) {
  const send = useMutation({
    mutationFn: () => askAll(channel.id),
    onSuccess: () => toastSuccess(recipientMessages.resendingAll),
    onError: (error) => toastError(recipientMessages.resendAllFailed, error),
  });
  const isAwaited = recipients.some(({ state }) => state === 'waiting');
  const canAskAgain = recipients.some((each) => each.state === 'declined' && !isLeftAlone(each));
  if (!isAwaited && !canAskAgain) return null;
  const text = isAwaited ? recipientMessages.resendAll : recipientMessages.askAllAgain;
  return (
    <Button
      variant="ghost"
      aria-label={recipientMessages.ofChannel(text, channel.name)}
      busy={send.isPending}
      onClick={() => send.mutate()}
    >
      {text}
    </Button>
  );
}

/** Whoever has declined may be asked again once in a while, and gets nothing else until the answer is another one. */
function Declined({ channel, ask, recipient }: Omit<ResendProps, 'ask'> & { ask: Ask | undefined }) {
  if (recipient.ask_again_at && isLeftAlone(recipient)) {
    return (
      <span className="text-ink-soft text-xs">
        {recipientMessages.askedAgainFrom} <RelativeTime at={recipient.ask_again_at} />
      </span>
    );
  }
  return (
    <>
      {recipient.error && (
        <span className="text-ink-soft text-xs">
          <Asked recipient={recipient} />
        </span>
      )}
      {ask && <Resend channel={channel} ask={ask} recipient={recipient} />}
    </>
  );
}

interface Props {
  channel: Channel;
  store: ChannelStore;
  canEdit: boolean;
}

/** The recipients of an email channel. When all have confirmed, the channel's own line has their addresses. */
export function RecipientList({ channel, store, canEdit }: Props) {
  const recipients = channel.recipients ?? [];
  if (recipients.every(({ state }) => state === 'confirmed')) return null;
  const ask = canEdit ? store.ask : undefined;
  const askAll = canEdit ? store.askAll : undefined;
  const list = (
    <ul aria-label={recipientMessages.recipientsOf(channel.name)} className="grid gap-1 text-sm">
      {recipients.map((recipient) => {
        const { icon: Icon, text } = STYLES[recipient.state];
        return (
          <li key={recipient.id} className="flex min-h-9 flex-wrap items-center gap-x-3">
            <span className="min-w-0 break-all">{recipient.address}</span>
            <span className={`inline-flex items-center gap-1.5 text-xs ${text}`}>
              <Icon className="size-3.5 shrink-0" aria-hidden />
              {RECIPIENT_STATES[recipient.state]}
            </span>
            {recipient.state === 'waiting' && (
              <>
                <span className="text-ink-soft text-xs">
                  <Asked recipient={recipient} />
                </span>
                {ask && <Resend channel={channel} ask={ask} recipient={recipient} />}
              </>
            )}
            {recipient.state === 'declined' && <Declined channel={channel} ask={ask} recipient={recipient} />}
          </li>
        );
      })}
    </ul>
  );
  if (!askAll) return list;
  return (
    <div className="grid justify-items-start gap-1">
      {list}
      <ResendAll channel={channel} askAll={askAll} recipients={recipients} />
    </div>
  );
}
