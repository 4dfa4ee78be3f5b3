import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { createChannel, updateChannel } from '@/api/channels';
import { keys } from '@/api/keys';
import type { Channel } from '@/api/types';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { toastSuccess } from '@/components/toasts';
import { useServerErrors } from '@/lib/form-errors';
import { z } from '@/lib/zod';

const webhookUrl = z
  .string()
  .trim()
  .refine((url) => url === '' || /^https?:\/\/\S+$/.test(url), 'must be a web address');

const schema = (needsUrl: boolean) =>
  z.object({
    name: z.string().trim().min(1, 'must not be blank').max(120, 'must have at most 120 characters'),
    config: z.object({
      webhook_url: needsUrl ? webhookUrl.refine((url) => url !== '', 'must not be blank') : webhookUrl,
    }),
  });

export function ChannelForm({ channel, onClose }: { channel: Channel | null; onClose: () => void }) {
  const client = useQueryClient();
  const form = useForm({
    resolver: zodResolver(schema(channel === null)),
    defaultValues: { name: channel?.name ?? '', config: { webhook_url: '' } },
  });
  const { banner, guard } = useServerErrors(form, ['name', 'config.webhook_url']);
  const { errors, isSubmitting } = form.formState;

  const save = form.handleSubmit(({ name, config }) =>
    guard(async () => {
      const input = config.webhook_url === '' ? { name } : { name, config };
      if (channel) await updateChannel(channel.id, input);
      else await createChannel({ ...input, kind: 'slack', enabled: true });
      await client.invalidateQueries({ queryKey: keys.channels });
      toastSuccess(`${name} was saved`);
      onClose();
    }),
  );

  return (
    <FormDialog title={channel ? 'Edit channel' : 'Add Slack channel'} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label="Name"
          placeholder="#operations"
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <InputField
          label="Incoming webhook URL"
          type="url"
          autoComplete="off"
          spellCheck={false}
          placeholder={channel?.config.webhook_url ?? 'https://hooks.slack.com/services/…'}
          hint={
            channel
              ? 'Leave blank to keep the present one. It is a secret and not shown again.'
              : 'In Slack: Apps, Incoming Webhooks, Add to Slack, choose where to post, copy the URL.'
          }
          error={errors.config?.webhook_url?.message}
          {...form.register('config.webhook_url')}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={isSubmitting}>
            {channel ? 'Save' : 'Add channel'}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
