import type { ReactNode } from 'react';
import type { Path, UseFormRegisterReturn } from 'react-hook-form';
import { InputField, Select } from '@/components/field';
import { keysOf } from '@/lib/keys-of';
import { heartbeatForm as messages } from '../heartbeats/messages';
import type { MonitorForm } from '../monitor-schema';
import { type Form, NUMERIC, useFields } from '../use-fields';
import { UNIT_SECONDS } from './duration';
import type { TimeField } from './heartbeat-schema';

interface Shared {
  label: string;
  hint: ReactNode;
  /** Of the server, while it is being typed. */
  error?: string | undefined;
}

/** A field as `useFields` registers it. */
export type Bound = UseFormRegisterReturn & { error: string | undefined };

/** A number and its unit, whatever the form is. */
export function DurationPair({ label, hint, error, count, unit }: Shared & { count: Bound; unit: Bound }) {
  const { error: unitError, ...unitProps } = unit;
  return (
    <div className="grid grid-cols-[1fr_7.5rem] items-start gap-x-2">
      <InputField
        label={label}
        {...NUMERIC}
        {...count}
        className="contents [&>label]:col-span-2 [&>p]:order-last [&>p]:col-span-2"
        hint={hint}
        error={count.error ?? unitError ?? error}
      />
      <Select aria-label={messages.unitOf(label)} {...unitProps}>
        {keysOf(UNIT_SECONDS).map((each) => (
          <option key={each} value={each}>
            {messages.units[each]}
          </option>
        ))}
      </Select>
    </div>
  );
}

interface Props extends Shared {
  form: Form;
  name: `heartbeat.${TimeField}` | 'heartbeat.schedule.period_seconds';
}

/** A number and its unit. */
export function DurationInput({ form, name, ...rest }: Props) {
  const { bind } = useFields(form);
  return (
    <DurationPair
      count={bind(`${name}.count` as Path<MonitorForm>)}
      unit={bind(`${name}.unit` as Path<MonitorForm>)}
      {...rest}
    />
  );
}
