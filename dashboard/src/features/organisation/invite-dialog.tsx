import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Controller, useForm } from 'react-hook-form';
import { canBeNarrowed, rolesGivenBy } from '@/api/access';
import { keys } from '@/api/keys';
import type { MemberInvitation, Organisation } from '@/api/models';
import { inviteMember } from '@/api/organisations';
import { roleValues } from '@/api/schema';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { OnlyTagsField } from '@/components/only-tags-field';
import { RoleField } from '@/components/role-field';
import { emailField, onlyTagsField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { accountMessages, copyMessages } from '@/messages/account';
import { organisationMessages as messages } from './messages';

const schema = z.object({ email: emailField, role: z.enum(roleValues), only_tags: onlyTagsField });

interface Props {
  org: Organisation;
  /** Once it is made; it may have a link, which is told this once. */
  onInvited: (invitation: MemberInvitation) => void;
  onClose: () => void;
}

export function InviteDialog({ org, onInvited, onClose }: Props) {
  const client = useQueryClient();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: '', role: 'editor' as const, only_tags: null },
  });
  const { banner, guard } = useServerErrors(form, ['email', 'role', 'only_tags']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const onlyTags = canBeNarrowed(values.role) ? values.only_tags : null;
      const invitation = await inviteMember(org.id, { ...values, only_tags: onlyTags });
      void client.invalidateQueries({ queryKey: keys.memberInvitations });
      if (!invitation.link) toastSuccess(messages.invitationSent(invitation.email));
      onInvited(invitation);
    }),
  );
  return (
    <FormDialog key="dialog" title={messages.inviteMember} dirty={isDirty} onClose={onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label={accountMessages.email}
          type="email"
          autoComplete="off"
          error={errors.email?.message}
          {...form.register('email')}
        />
        <RoleField
          roles={rolesGivenBy(org.role)}
          value={form.watch('role')}
          error={errors.role?.message}
          {...form.register('role')}
        />
        {canBeNarrowed(form.watch('role')) && (
          <Controller
            control={form.control}
            name="only_tags"
            render={({ field }) => (
              <OnlyTagsField
                value={field.value}
                onChange={field.onChange}
                error={errors.only_tags?.message}
              />
            )}
          />
        )}
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {messages.sendInvitation}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}

/** Shows the link of an invitation that no mail was sent for. */
export function LinkDialog({ email, link, onClose }: { email: string; link: string; onClose: () => void }) {
  return (
    <FormDialog key="dialog" title={messages.linkTitle} persistent onClose={onClose}>
      <p className="mb-4 text-pretty text-ink-soft text-sm">
        {messages.linkHint(email)} {copyMessages.once}
      </p>
      <CopyBlock text={link}>
        <Button variant="primary" onClick={onClose}>
          {copyMessages.done}
        </Button>
      </CopyBlock>
    </FormDialog>
  );
}
