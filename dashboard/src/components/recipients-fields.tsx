import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { escalationPoliciesQuery } from '@/api/alert-policy';
import { channelsQuery } from '@/api/channels';
import type { Channel, EscalationPolicy } from '@/api/models';
import { useCan } from '@/api/use-session';
import { alertingMessages as messages } from '@/messages/alerting';
import { common } from '@/messages/common';
import { CheckList } from './check-list';
import { SelectField } from './field';
import type { RecipientsForm } from './recipients-form';

export interface RecipientOption {
  value: RecipientsForm['to'];
  label: string;
  /** What it means. */
  hint?: ReactNode;
}

const LEGENDS = { field: 'mb-1.5 font-medium text-sm', section: 'mb-1.5 font-semibold' };

interface Props {
  value: RecipientsForm;
  onChange: (value: RecipientsForm) => void;
  options: readonly RecipientOption[];
  errors: { channels?: string | undefined; policy_id?: string | undefined };
  /** How large its heading is. */
  legend?: keyof typeof LEGENDS;
}

const LINK = 'font-medium underline underline-offset-4';

/** Said where a choice means that nobody is notified. */
export function NobodyWarning() {
  return (
    <p className="flex gap-2 text-degraded text-sm">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {messages.nobodyWarning}
    </p>
  );
}

const noteOf = ({ enabled }: Channel) => (enabled ? undefined : common.disabled);

function ChannelChoice({ value, onChange, error }: ChoiceProps<number[]>) {
  const { data } = useQuery(channelsQuery);
  const options = data?.items.map((channel) => ({
    value: channel.id,
    label: channel.name,
    note: noteOf(channel),
  }));
  if (!options) return null;
  return (
    <CheckList
      label={messages.channelsLabel}
      options={options}
      selected={value}
      onChange={onChange}
      nameOfGone={() => messages.deletedChannel}
      empty={
        <>
          {messages.noChannels}{' '}
          <Link to="/notifications" className={LINK}>
            {messages.addChannel}
          </Link>
        </>
      }
      error={error}
    />
  );
}

interface ChoiceProps<T> {
  value: T;
  onChange: (value: T) => void;
  error?: string | undefined;
}

/** One escalation policy. */
export function PolicyChoice({ value, onChange, error }: ChoiceProps<number | null>) {
  const seesAll = useCan('viewAlertPolicy');
  const { data } = useQuery({ ...escalationPoliciesQuery, enabled: seesAll });
  const policies: Pick<EscalationPolicy, 'id' | 'name'>[] = data ?? [];
  const isKnown = value === null || policies.some(({ id }) => id === value);
  if (data?.length === 0 && isKnown) {
    return (
      <p className="text-ink-soft text-sm">
        {messages.noPolicies}{' '}
        <Link to="/notifications/escalation-policies/new" className={LINK}>
          {messages.addPolicy}
        </Link>
      </p>
    );
  }
  return (
    <SelectField
      label={messages.policyLabel}
      value={value ?? ''}
      error={error}
      onChange={({ target }) => onChange(target.value === '' ? null : Number(target.value))}
    >
      <option value="">{messages.choosePolicy}</option>
      {!isKnown && (
        <option value={value}>{data ? messages.deletedPolicy : messages.policyWithId(value)}</option>
      )}
      {policies.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** Who is notified: one of some ways, and what belongs to it. */
export function RecipientsFields({ value, onChange, options, errors, legend = 'field' }: Props) {
  const id = useId();
  return (
    <fieldset>
      <legend className={LEGENDS[legend]}>{messages.whoIsNotified}</legend>
      <div className="grid gap-0.5">
        {options.map((option) => {
          const isChosen = value.to === option.value;
          return (
            <div key={option.value}>
              <label className="flex min-h-9 items-center gap-2.5 text-sm">
                <input
                  type="radio"
                  name={id}
                  className="size-4 shrink-0 accent-ink"
                  checked={isChosen}
                  onChange={() => onChange({ ...value, to: option.value })}
                />
                {option.label}
              </label>
              {isChosen && (
                <div className="pb-2 pl-6.5 empty:hidden">
                  {option.hint && <div className="text-pretty text-ink-soft text-xs">{option.hint}</div>}
                  {option.value === 'channels' && (
                    <ChannelChoice
                      value={value.channels}
                      error={errors.channels}
                      onChange={(channels) => onChange({ ...value, channels })}
                    />
                  )}
                  {option.value === 'policy' && (
                    <PolicyChoice
                      value={value.policy_id}
                      error={errors.policy_id}
                      onChange={(policy_id) => onChange({ ...value, policy_id })}
                    />
                  )}
                  {option.value === 'nobody' && <NobodyWarning />}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}
