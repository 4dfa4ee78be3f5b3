import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Controller, useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { StatusPage } from '@/api/models';
import { addSubscribers } from '@/api/subscribers';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { AreaField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { validation } from '@/messages/validation';
import { ComponentChoice } from './component-choice';
import { addMessages as messages } from './messages';

const MAX_ADDRESSES = 1_000;

const addressesOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,;]+/)
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  ),
];

/** The server has the last word on what is an address. */
const isAddress = (text: string) => /^[^@\s]+@[^@\s]+$/.test(text);

const schema = z.object({
  addresses: z.string().superRefine((text, context) => {
    const addresses = addressesOf(text);
    const wrong = addresses.find((each) => !isAddress(each));
    const message =
      addresses.length === 0
        ? validation.required
        : addresses.length > MAX_ADDRESSES
          ? messages.tooMany(MAX_ADDRESSES)
          : wrong && messages.invalid(wrong);
    if (message) context.addIssue({ code: 'custom', message });
  }),
  components: z
    .array(z.number())
    .nullable()
    .refine((chosen) => chosen === null || chosen.length > 0, messages.noComponents),
});

/** Asks addresses whether they want emails about the page. */
export function AddDialog({ page, onClose }: { page: StatusPage; onClose: () => void }) {
  const client = useQueryClient();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { addresses: '', components: null },
  });
  const { banner, guard } = useServerErrors(form, ['addresses', 'components']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const add = form.handleSubmit(({ addresses, components }) =>
    guard(async () => {
      const { asked, unchanged } = await addSubscribers(page.id, {
        addresses: addressesOf(addresses),
        ...(components && { components }),
      });
      void client.invalidateQueries({ queryKey: keys.allSubscribers(page.id) });
      if (asked === 0) toastSuccess(messages.unchanged);
      else toastSuccess(unchanged === 0 ? messages.asked(asked) : messages.askedSome(asked, unchanged));
      onClose();
    }),
  );
  return (
    <FormDialog title={messages.add} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={messages.add} busy={isSubmitting} onSubmit={add}>
        <AreaField
          label={messages.addresses}
          rows={5}
          inputMode="email"
          placeholder={messages.addressesExample}
          hint={messages.addressesHint}
          error={errors.addresses?.message}
          {...form.register('addresses')}
        />
        <Controller
          control={form.control}
          name="components"
          render={({ field, fieldState }) => (
            <ComponentChoice
              page={page}
              value={field.value}
              error={fieldState.error?.message}
              onChange={field.onChange}
            />
          )}
        />
      </DialogForm>
    </FormDialog>
  );
}
