import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { Tag } from '@/api/models';
import { tagColourValues } from '@/api/schema';
import { createTag, readTag, updateTag } from '@/api/tags';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { TagDot } from '@/components/tags';
import { toastSuccess } from '@/components/toasts';
import { useEdited } from '@/components/use-edited';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { TAG_COLOUR_LABELS, tagMessages } from '@/messages/tags';
import { validation } from '@/messages/validation';
import { tagPageMessages as messages } from './messages';

const schema = z.object({
  name: z.string().trim().min(1, validation.required).max(60, validation.maxCharacters(60)),
  colour: z.enum(tagColourValues),
});

const formOf = (tag: Tag | null): z.input<typeof schema> => ({
  name: tag?.name ?? '',
  colour: tag?.colour ?? 'blue',
});

interface Props {
  /** Null for a new one. */
  tag: Tag | null;
  onClose: () => void;
}

export function TagDialog({ tag: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: tag, initial, load } = useEdited(opened, formOf);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['name', 'colour']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit((values) =>
    guard(async () => {
      const saved = await (tag ? updateTag(tag.id, tag.version, values) : createTag(values));
      void client.invalidateQueries({ queryKey: keys.tags });
      void client.invalidateQueries({ queryKey: keys.monitorLists });
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );
  const loadLatest =
    tag &&
    (() =>
      guard(async () => {
        load(form, await readTag(tag.id));
        void client.invalidateQueries({ queryKey: keys.tags });
      }));
  return (
    <FormDialog title={tag ? messages.edit : messages.add} dirty={isDirty && !isSubmitting} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={tag ? common.save : messages.add}
        busy={isSubmitting}
        onSubmit={save}
      >
        <InputField
          label={common.name}
          autoComplete="off"
          placeholder="team=payments"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <fieldset>
          <legend className="mb-1.5 font-medium text-sm">{tagMessages.colour}</legend>
          <div className="flex flex-wrap gap-1.5">
            {tagColourValues.map((colour) => (
              <label
                key={colour}
                className="inline-flex min-h-9 cursor-pointer items-center gap-2 rounded-full border border-line px-3 text-sm hover:border-line-strong has-checked:border-ink has-checked:bg-sunken has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)]"
              >
                <input type="radio" value={colour} className="sr-only" {...form.register('colour')} />
                <TagDot colour={colour} />
                {TAG_COLOUR_LABELS[colour]}
              </label>
            ))}
          </div>
        </fieldset>
      </DialogForm>
    </FormDialog>
  );
}
