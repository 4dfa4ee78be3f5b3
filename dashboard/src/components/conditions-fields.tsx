import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { errorCodeValues, monitorKindValues, routedAlertValues, severityValues } from '@/api/schema';
import { tagsQuery } from '@/api/tags';
import { conditionMessages as messages, SEVERITY_LABELS } from '@/messages/alerting';
import { errorCodeLabel } from '@/messages/check-errors';
import { ALERT_LABELS, KIND_LABELS } from '@/messages/terms';
import { CheckList } from './check-list';
import type { ConditionsForm } from './conditions-form';
import { Disclosure } from './disclosure';
import { HoursFields } from './hours-fields';
import { TagDot } from './tags';
import { ToggleGroup } from './toggle-group';

const KINDS = monitorKindValues.map((value) => ({ value, label: KIND_LABELS[value] }));
const SEVERITIES = severityValues.map((value) => ({ value, label: SEVERITY_LABELS[value] }));
const ALERTS = routedAlertValues.map((value) => ({ value, label: ALERT_LABELS[value] }));
const ERROR_CODES = errorCodeValues.map((value) => ({ value, label: errorCodeLabel(value) }));

type Listed = Exclude<keyof ConditionsForm, 'hours'>;

type Errors = Partial<Record<Listed, { message?: string | undefined }>> & {
  hours?: ComponentProps<typeof HoursFields>['errors'];
};

interface Props {
  value: ConditionsForm;
  onChange: (value: ConditionsForm) => void;
  /** What it means that there are several, or none. */
  hint: string;
  errors: Errors | undefined;
}

/** Which incidents something is about. */
export function ConditionFields({ value, onChange, hint, errors }: Props) {
  const { data: tags } = useQuery(tagsQuery);
  const set = (changes: Partial<ConditionsForm>) => onChange({ ...value, ...changes });
  const codes = value.error_codes;
  return (
    <fieldset className="grid grid-cols-1 gap-5">
      <legend className="mb-1 font-semibold">{messages.legend}</legend>
      <p className="text-ink-soft text-xs">{hint}</p>
      {tags && (
        <CheckList
          label={messages.tags}
          options={tags.map(({ id, name, colour }) => ({
            value: id,
            label: name,
            icon: <TagDot colour={colour} />,
          }))}
          selected={value.tags}
          onChange={(next) => set({ tags: next })}
          nameOfGone={() => messages.deletedTag}
          empty={messages.noTags}
          error={errors?.tags?.message}
        />
      )}
      <ToggleGroup
        label={messages.severities}
        options={SEVERITIES}
        selected={value.severities}
        onChange={(severities) => set({ severities })}
        error={errors?.severities?.message}
      />
      <ToggleGroup
        label={messages.alerts}
        options={ALERTS}
        selected={value.alerts}
        onChange={(alerts) => set({ alerts })}
        error={errors?.alerts?.message}
      />
      <ToggleGroup
        label={messages.types}
        options={KINDS}
        selected={value.kinds}
        onChange={(kinds) => set({ kinds })}
        error={errors?.kinds?.message}
      />
      <HoursFields
        label={messages.time}
        value={value.hours}
        onChange={(hours) => set({ hours })}
        errors={errors?.hours}
      />
      <Disclosure
        title={messages.errorCodes}
        summary={codes.length > 0 ? messages.errors(codes.length) : messages.anyError}
        hasError={errors?.error_codes !== undefined}
      >
        <div className="sm:col-span-2">
          <CheckList
            label={messages.errorCodes}
            options={ERROR_CODES}
            selected={codes}
            onChange={(next) => set({ error_codes: next })}
            nameOfGone={errorCodeLabel}
            empty={null}
            hint={messages.errorCodesHint}
            error={errors?.error_codes?.message}
          />
        </div>
      </Disclosure>
    </fieldset>
  );
}
