import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Controller, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Team } from '@/api/models';
import { createTeam, readTeam, updateTeam } from '@/api/teams';
import { CheckList } from '@/components/check-list';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { nameField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { common } from '@/messages/common';
import { editorMessages, teamMessages as messages, onCallMessages } from './messages';
import { useMembers } from './person-select';

const schema = z.object({ name: nameField, members: z.array(z.number()).min(1, messages.atLeastOne) });

const formOf = (team: Team | null): z.input<typeof schema> => ({
  name: team?.name ?? '',
  members: team?.members.map(({ id }) => id) ?? [],
});

interface Props {
  /** Null for a new one. */
  team: Team | null;
  onClose: () => void;
}

export function TeamDialog({ team: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: team, initial, load } = useEdited(opened, formOf);
  const { members, self, error: failure } = useMembers();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['name', 'members']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const saved = await (team ? updateTeam(team, values) : createTeam(values));
      void client.invalidateQueries({ queryKey: keys.teams });
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );
  const loadLatest =
    team &&
    (() =>
      guard(async () => {
        load(form, await readTeam(team.id));
        void client.invalidateQueries({ queryKey: keys.teams });
      }));
  return (
    <FormDialog title={team ? messages.edit : messages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={team ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`team:${team?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder={messages.example}
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <Controller
          control={form.control}
          name="members"
          render={({ field }) => (
            <CheckList
              label={accountMessages.members}
              options={members.map(({ id, name }) => ({
                value: id,
                label: id === self ? editorMessages.you(name) : name,
              }))}
              selected={field.value}
              onChange={field.onChange}
              nameOfGone={(id) => onCallMessages.former(id)}
              empty={failure ? messages.loadFailed(failure.message) : common.loading}
              error={errors.members?.message}
            />
          )}
        />
      </DialogForm>
    </FormDialog>
  );
}
