import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Controller, type UseFormReturn, useForm } from 'react-hook-form';
import { createAlertRoute, readAlertRoute, updateAlertRoute } from '@/api/alert-policy';
import { keys } from '@/api/keys';
import type { AlertRoute } from '@/api/models';
import { errorCodeValues, monitorKindValues, routedAlertValues, severityValues } from '@/api/schema';
import { tagsQuery } from '@/api/tags';
import { CheckList } from '@/components/check-list';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { Disclosure } from '@/components/disclosure';
import { CheckField, InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { HoursFields } from '@/components/hours-fields';
import { RecipientsFields } from '@/components/recipients-fields';
import { TagDot } from '@/components/tags';
import { toastSuccess } from '@/components/toasts';
import { ToggleGroup } from '@/components/toggle-group';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { SEVERITY_LABELS } from '@/messages/alerting';
import { errorCodeLabel } from '@/messages/check-errors';
import { common } from '@/messages/common';
import { ALERT_LABELS, KIND_LABELS } from '@/messages/terms';
import { routeMessages as messages } from './messages';
import { type RouteForm as Fields, ROUTE_FIELDS, routeForm, routeInput, routeSchema } from './route-schema';

const KINDS = monitorKindValues.map((value) => ({ value, label: KIND_LABELS[value] }));
const SEVERITIES = severityValues.map((value) => ({ value, label: SEVERITY_LABELS[value] }));
const ALERTS = routedAlertValues.map((value) => ({ value, label: ALERT_LABELS[value] }));
const ERROR_CODES = errorCodeValues.map((value) => ({ value, label: errorCodeLabel(value) }));

const RECIPIENTS = [
  { value: 'channels', label: messages.recipientChannels },
  { value: 'policy', label: messages.recipientPolicy },
  { value: 'nobody', label: messages.recipientNobody },
] as const;

function TagChoice({ form }: { form: UseFormReturn<Fields> }) {
  const { data } = useQuery(tagsQuery);
  if (!data) return null;
  return (
    <Controller
      control={form.control}
      name="conditions.tags"
      render={({ field, fieldState }) => (
        <CheckList
          label={messages.tags}
          options={data.map(({ id, name, colour }) => ({
            value: id,
            label: name,
            icon: <TagDot colour={colour} />,
          }))}
          selected={field.value}
          onChange={field.onChange}
          nameOfGone={() => messages.deletedTag}
          empty={messages.noTags}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}

/** What the route takes. */
function ConditionFields({ form }: { form: UseFormReturn<Fields> }) {
  const { control, formState } = form;
  const errors = formState.errors.conditions;
  const codes = form.watch('conditions.error_codes');
  return (
    <fieldset className="grid grid-cols-1 gap-5">
      <legend className="mb-1 font-semibold">{messages.conditions}</legend>
      <p className="text-ink-soft text-xs">{messages.conditionsHint}</p>
      <TagChoice form={form} />
      <Controller
        control={control}
        name="conditions.severities"
        render={({ field }) => (
          <ToggleGroup
            label={messages.severities}
            options={SEVERITIES}
            selected={field.value}
            onChange={field.onChange}
            error={errors?.severities?.message}
          />
        )}
      />
      <Controller
        control={control}
        name="conditions.alerts"
        render={({ field }) => (
          <ToggleGroup
            label={messages.alerts}
            options={ALERTS}
            selected={field.value}
            onChange={field.onChange}
            error={errors?.alerts?.message}
          />
        )}
      />
      <Controller
        control={control}
        name="conditions.kinds"
        render={({ field }) => (
          <ToggleGroup
            label={messages.types}
            options={KINDS}
            selected={field.value}
            onChange={field.onChange}
            error={errors?.kinds?.message}
          />
        )}
      />
      <Controller
        control={control}
        name="conditions.hours"
        render={({ field }) => (
          <HoursFields
            label={messages.time}
            value={field.value}
            onChange={field.onChange}
            errors={errors?.hours}
          />
        )}
      />
      <Disclosure
        title={messages.errorCodes}
        summary={codes.length > 0 ? messages.errors(codes.length) : messages.anyError}
        hasError={errors?.error_codes !== undefined}
      >
        <div className="sm:col-span-2">
          <Controller
            control={control}
            name="conditions.error_codes"
            render={({ field }) => (
              <CheckList
                label={messages.errorCodes}
                options={ERROR_CODES}
                selected={field.value}
                onChange={field.onChange}
                nameOfGone={errorCodeLabel}
                empty={null}
                hint={messages.errorCodesHint}
                error={errors?.error_codes?.message}
              />
            )}
          />
        </div>
      </Disclosure>
    </fieldset>
  );
}

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
        <ConditionFields form={form} />
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
      </DialogForm>
    </FormDialog>
  );
}
