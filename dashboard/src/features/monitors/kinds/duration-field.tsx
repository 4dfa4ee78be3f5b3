import type { ReactNode } from 'react';
import type { Path } from 'react-hook-form';
import { InputField, Select } from '@/components/field';
import { keysOf } from '@/lib/keys-of';
import { heartbeatForm as messages } from '../heartbeats/messages';
import type { MonitorForm } from '../monitor-schema';
import { type Form, NUMERIC, useFields } from '../use-fields';
import { UNIT_SECONDS } from './duration';
import type { TimeField } from './heartbeat-schema';

interface Props {
  form: Form;
  name: `heartbeat.${TimeField}` | 'heartbeat.schedule.period_seconds';
  label: string;
  hint: ReactNode;
  /** Of the server, while it is being typed. */
  error?: string | undefined;
}

/** A number and its unit. */
export function DurationInput({ form, name, label, hint, error }: Props) {
  const { bind } = useFields(form);
  const count = bind(`${name}.count` as Path<MonitorForm>);
  const { error: unitError, ...unit } = bind(`${name}.unit` as Path<MonitorForm>);
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
      <Select aria-label={messages.unitOf(label)} {...unit}>
        {keysOf(UNIT_SECONDS).map((each) => (
          <option key={each} value={each}>
            {messages.units[each]}
          </option>
        ))}
      </Select>
    </div>
  );
}
