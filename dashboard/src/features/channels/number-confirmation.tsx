import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Clock } from 'lucide-react';
import { useForm } from 'react-hook-form';
import type { ChannelStore } from '@/api/channels';
import type { Channel, NumberConfirmation as Confirmation } from '@/api/models';
import { Button } from '@/components/button';
import { CodeField } from '@/components/code-field';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { codeField } from '@/components/schemas';
import { RelativeTime } from '@/components/time';
import { toastError, toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { numberMessages as messages } from './messages';

const codeSchema = z.object({ code: codeField });

/** What became of the last code. */
function Sent({ confirmation: { asked_at: at, error } }: { confirmation: Confirmation }) {
  if (error) return <span className="text-down">{messages.notSent(error)}</span>;
  return at ? (
    <>
      {messages.sent} <RelativeTime at={at} />
    </>
  ) : (
    messages.onItsWay
  );
}

interface Props {
  channel: Channel;
  store: ChannelStore;
}

function Waiting({ channel, store, confirmation }: Props & { confirmation: Confirmation }) {
  const client = useQueryClient();
  const form = useForm({ resolver: zodResolver(codeSchema), defaultValues: { code: '' } });
  const { banner, guard } = useServerErrors(form, ['code']);
  const { errors, isSubmitting } = form.formState;
  const reload = () => client.invalidateQueries({ queryKey: store.key });
  const submit = form.handleSubmit(({ code }) =>
    guard(async () => {
      await store.enterCode?.(channel.id, code);
      toastSuccess(messages.confirmed(channel.name));
      await reload();
    }),
  );
  const again = useMutation({
    mutationFn: async () => store.askAll?.(channel.id),
    onSuccess: () => {
      form.reset();
      toastSuccess(messages.sending(channel.name));
      return reload();
    },
    onError: (error) => toastError(messages.sendFailed(channel.name), error),
  });
  return (
    <form
      noValidate
      aria-label={messages.confirm(channel.name)}
      className="grid grid-cols-1 gap-3 rounded-lg border border-line px-4 py-3"
      onSubmit={submit}
    >
      <div className="grid gap-1 text-xs">
        <p className="flex items-center gap-1.5 text-pending">
          <Clock className="size-3.5 shrink-0" aria-hidden />
          {messages.waiting}
        </p>
        <p className="text-ink-soft">
          <Sent confirmation={confirmation} />
        </p>
      </div>
      <FormNotice error={banner} />
      <CodeField
        className="max-w-56"
        hint={messages.hint}
        error={errors.code?.message}
        {...form.register('code')}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={isSubmitting}>
          {messages.enter}
        </Button>
        <Button
          variant="ghost"
          aria-label={messages.sendAgainTo(channel.name)}
          busy={again.isPending}
          onClick={() => again.mutate()}
        >
          {messages.sendAgain}
        </Button>
      </div>
    </form>
  );
}

/** Whether nothing is sent by a channel, because nobody has shown yet whose number it is. */
export const isUnconfirmed = ({ confirmation }: Channel): boolean => confirmation?.state === 'waiting';

/** Where the code is entered that was sent to the number of an own channel; nothing where none has to be. */
export function NumberConfirmation({ channel, store }: Props) {
  const { confirmation } = channel;
  if (!confirmation || !isUnconfirmed(channel) || !store.enterCode) return null;
  return <Waiting channel={channel} store={store} confirmation={confirmation} />;
}
