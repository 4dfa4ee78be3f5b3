import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Controller, useForm } from 'react-hook-form';
import { createAlertRoute, readAlertRoute, updateAlertRoute } from '@/api/alert-policy';
import { keys } from '@/api/keys';
import type { AlertRoute } from '@/api/models';
import { ConditionFields } from '@/components/conditions-fields';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { CheckField, InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { RecipientsFields } from '@/components/recipients-fields';
import { toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { ItemHistoryLink } from '@/components/versions/item-links';
import { common } from '@/messages/common';
import { routeMessages as messages } from './messages';
import { ROUTE_FIELDS, routeForm, routeInput, routeSchema } from './route-schema';
import { TryRoute } from './try-route';

const RECIPIENTS = [
  { value: 'channels', label: messages.recipientChannels },
  { value: 'policy', label: messages.recipientPolicy },
  { value: 'nobody', label: messages.recipientNobody },
] as const;

interface Props {
  /** Null for a new one. */
  route: AlertRoute | null;
  onClose: () => void;
}

export function RouteForm({ route: opened, onClose }: Props) {
  const client = useQueryClient();
  const { edited: route, initial, load } = useEdited(opened, routeForm);
  const form = useForm({ resolver: zodResolver(routeSchema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ROUTE_FIELDS);
  const { errors, isDirty, isSubmitting } = form.formState;
  // A name changes nothing of what is tried.
  const typed = routeSchema.safeParse({ ...form.watch(), name: opened?.name ?? messages.example });
  const refresh = () => client.invalidateQueries({ queryKey: keys.alertPolicy });

  const save = form.handleSubmit((values) =>
    guard(async () => {
      const input = routeInput(values);
      const saved = route ? await updateAlertRoute(route, input) : await createAlertRoute(input);
      void refresh();
      toastSuccess(common.saved(saved.name));
      onClose();
    }),
  );

  const loadLatest =
    route &&
    (() =>
      guard(async () => {
        load(form, await readAlertRoute(route.id));
        void refresh();
      }));

  return (
    <FormDialog title={route ? messages.editRoute : messages.addRoute} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={route ? common.save : messages.addRoute}
        busy={isSubmitting}
        onSubmit={save}
      >
        <UnsavedInput name={`alert-route:${route?.id ?? 'new'}`} form={form} />
        <InputField
          label={common.name}
          placeholder={messages.example}
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <Controller
          control={form.control}
          name="conditions"
          render={({ field }) => (
            <ConditionFields
              value={field.value}
              onChange={(value) => {
                form.clearErrors('conditions');
                field.onChange(value);
              }}
              hint={messages.conditionsHint}
              errors={errors.conditions}
            />
          )}
        />
        <Controller
          control={form.control}
          name="recipients"
          render={({ field }) => (
            <RecipientsFields
              value={field.value}
              onChange={(value) => {
                form.clearErrors('recipients');
                field.onChange(value);
              }}
              options={RECIPIENTS}
              legend="section"
              errors={{
                channels: errors.recipients?.channels?.message,
                policy_id: errors.recipients?.policy_id?.message,
              }}
            />
          )}
        />
        <CheckField
          label={messages.continue}
          hint={messages.continueHint}
          error={errors.continue?.message}
          {...form.register('continue')}
        />
        <TryRoute
          route={route}
          input={typed.success ? routeInput(typed.data) : null}
          onInvalid={form.handleSubmit(() => {})}
        />
        {route && <ItemHistoryLink kind="alert-routes" id={route.id} />}
      </DialogForm>
    </FormDialog>
  );
}
