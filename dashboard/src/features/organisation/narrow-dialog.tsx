import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Controller, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Member, Organisation } from '@/api/models';
import { changeMember } from '@/api/organisations';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { OnlyTagsField } from '@/components/only-tags-field';
import { onlyTagsField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { organisationMessages as messages } from './messages';

const schema = z.object({ only_tags: onlyTagsField });

interface Props {
  org: Organisation;
  member: Member;
  onClose: () => void;
}

/** Which monitors a member sees. */
export function NarrowDialog({ org, member, onClose }: Props) {
  const client = useQueryClient();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { only_tags: member.only_tags },
  });
  const { banner, guard } = useServerErrors(form, ['only_tags']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      await changeMember(org.id, member.user_id, values);
      void client.invalidateQueries({ queryKey: keys.members });
      toastSuccess(messages.narrowed(member.name));
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.narrowTitle(member.name)} dirty={isDirty} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        <p className="text-pretty text-ink-soft text-sm">{messages.narrowHint}</p>
        <Controller
          control={form.control}
          name="only_tags"
          render={({ field }) => (
            <OnlyTagsField value={field.value} onChange={field.onChange} error={errors.only_tags?.message} />
          )}
        />
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {common.save}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
