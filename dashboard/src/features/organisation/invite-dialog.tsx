import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { rolesGivenBy } from '@/api/access';
import { keys } from '@/api/keys';
import type { Organisation } from '@/api/models';
import { inviteMember } from '@/api/organisations';
import { AccessFields, accessFields } from '@/components/access-fields';
import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { emailField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { accountMessages, copyMessages } from '@/messages/account';
import { organisationMessages as messages } from './messages';

/** One that has a link, which is told once. */
export interface LinkedInvitation {
  email: string;
  link: string;
}

const schema = z.object({ email: emailField, ...accessFields });

interface Props {
  org: Organisation;
  onClose: () => void;
}

export function InviteDialog({ org, onClose }: Props) {
  const client = useQueryClient();
  const [made, setMade] = useState<LinkedInvitation | null>(null);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: '', role: 'editor' as const, only_tags: null },
  });
  const { banner, guard } = useServerErrors(form, ['email', 'role', 'only_tags']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const invitation = await inviteMember(org.id, values);
      void client.invalidateQueries({ queryKey: keys.memberInvitations });
      void client.invalidateQueries({ queryKey: keys.usage });
      const { email, link } = invitation;
      if (link) return setMade({ email, link });
      toastSuccess(messages.invitationSent(email));
      onClose();
    }),
  );
  // One dialog for both steps, so that the focus returns to what opened it.
  if (made) {
    return (
      <FormDialog key="dialog" title={messages.linkTitle} persistent onClose={onClose}>
        <InvitationLink {...made} onClose={onClose} />
      </FormDialog>
    );
  }
  return (
    <FormDialog key="dialog" title={messages.inviteMember} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={messages.sendInvitation} busy={isSubmitting} onSubmit={save}>
        <InputField
          label={accountMessages.email}
          type="email"
          autoComplete="off"
          error={errors.email?.message}
          {...form.register('email')}
        />
        <AccessFields form={form} roles={rolesGivenBy(org.role)} />
      </DialogForm>
    </FormDialog>
  );
}

function InvitationLink({ email, link, onClose }: LinkedInvitation & { onClose: () => void }) {
  return (
    <>
      <p className="mb-4 text-pretty text-ink-soft text-sm">
        {messages.linkHint(email)} {copyMessages.once}
      </p>
      <CopyBlock text={link}>
        <Button variant="primary" onClick={onClose}>
          {copyMessages.done}
        </Button>
      </CopyBlock>
    </>
  );
}

/** Shows the link of an invitation that no mail was sent for. */
export function LinkDialog(props: LinkedInvitation & { onClose: () => void }) {
  return (
    <FormDialog title={messages.linkTitle} persistent onClose={props.onClose}>
      <InvitationLink {...props} />
    </FormDialog>
  );
}
