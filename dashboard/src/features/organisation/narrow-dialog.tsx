import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Member, Organisation } from '@/api/models';
import { changeMember, readMember } from '@/api/organisations';
import { OnlyTagsField, onlyTagsField } from '@/components/access-fields';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { useEdited } from '@/components/use-edited';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { organisationMessages as messages } from './messages';

const schema = z.object({ only_tags: onlyTagsField });

const formOf = ({ only_tags }: Member) => ({ only_tags });

interface Props {
  org: Organisation;
  member: Member;
  onClose: () => void;
}

/** Which monitors a member sees. */
export function NarrowDialog({ org, member: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: member, initial, load } = useEdited(opened, formOf);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['only_tags']);
  const { isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      await changeMember(org.id, member, values);
      void client.invalidateQueries({ queryKey: keys.members });
      toastSuccess(messages.narrowed(member.name));
      onClose();
    }),
  );
  const loadLatest = () =>
    guard(async () => {
      load(form, await readMember(org.id, member.user_id));
      void client.invalidateQueries({ queryKey: keys.members });
    });
  return (
    <FormDialog title={messages.narrowTitle(member.name)} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={common.save}
        busy={isSubmitting}
        onSubmit={save}
      >
        <p className="text-pretty text-ink-soft text-sm">{messages.narrowHint}</p>
        <OnlyTagsField form={form} />
      </DialogForm>
    </FormDialog>
  );
}
