import { Controller, type UseFormReturn } from 'react-hook-form';
import { canBeNarrowed } from '@/api/access';
import type { Role } from '@/api/models';
import { roleValues } from '@/api/schema';
import { z } from '@/lib/zod';
import { ROLE_DESCRIPTIONS, ROLE_LABELS, roleMessages } from '@/messages/roles';
import { SelectField } from './field';
import { OnlyTags } from './only-tags';

export interface NarrowedValues {
  /** Null for all monitors. */
  only_tags: string[] | null;
}

export interface AccessValues extends NarrowedValues {
  role: Role;
}

export const onlyTagsField = z.array(z.string()).min(1, roleMessages.chooseTag).nullable();

/** What is validated of a form with `AccessFields`. */
export const accessFields = { role: z.enum(roleValues), only_tags: onlyTagsField };

interface Props<T extends NarrowedValues, O> {
  form: UseFormReturn<T, unknown, O>;
}

/** Which monitors somebody sees: all, or those with some tags. */
export function OnlyTagsField<T extends NarrowedValues, O>({ form }: Props<T, O>) {
  const { control } = form as unknown as UseFormReturn<NarrowedValues>;
  return (
    <Controller
      control={control}
      name="only_tags"
      render={({ field, fieldState }) => (
        <OnlyTags value={field.value} onChange={field.onChange} error={fieldState.error?.message} />
      )}
    />
  );
}

interface AccessProps<T extends AccessValues, O> extends Props<T, O> {
  /** Those that can be chosen. */
  roles: readonly Role[];
}

/** What somebody, or a program, may do, and with which monitors. */
export function AccessFields<T extends AccessValues, O>({ form: given, roles }: AccessProps<T, O>) {
  const form = given as unknown as UseFormReturn<AccessValues>;
  const role = form.watch('role');
  return (
    <>
      <SelectField
        label={roleMessages.role}
        hint={ROLE_DESCRIPTIONS[role]}
        error={form.formState.errors.role?.message}
        {...form.register('role', {
          // A role that sees everything leaves no choice of tags behind, which nobody would see.
          onChange: ({ target }) => canBeNarrowed(target.value) || form.setValue('only_tags', null),
        })}
      >
        {roles.map((each) => (
          <option key={each} value={each}>
            {ROLE_LABELS[each]}
          </option>
        ))}
      </SelectField>
      {canBeNarrowed(role) && <OnlyTagsField form={form} />}
    </>
  );
}
