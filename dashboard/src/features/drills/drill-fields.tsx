import type { ReactNode } from 'react';
import { Controller, type FieldValues, type UseFormReturn } from 'react-hook-form';
import { InputField } from '@/components/field';
import { MonitorPicker } from '@/components/monitor-picker';
import { common } from '@/messages/common';
import { drillMessages as messages } from './messages';

/** What a drill and a schedule have in common. */
interface Shared extends FieldValues {
  monitors: number[];
  name: string;
  minutes: string;
}

interface Props<F extends Shared, O> {
  form: UseFormReturn<F, unknown, O>;
  nameExample: string;
  nameHint: string;
  /** Below the choice of the monitor. */
  children?: ReactNode;
}

export function DrillFields<F extends Shared, O>({ form, nameExample, nameHint, children }: Props<F, O>) {
  const {
    control,
    register,
    formState: { errors },
  } = form as unknown as UseFormReturn<Shared>;
  return (
    <>
      <div>
        <p aria-hidden className="mb-1.5 font-medium text-sm">
          {messages.monitor}
        </p>
        <Controller
          control={control}
          name="monitors"
          render={({ field }) => (
            <MonitorPicker
              label={messages.monitor}
              single
              selected={field.value}
              onChange={field.onChange}
              error={errors.monitors?.message as string | undefined}
            />
          )}
        />
        {children}
      </div>
      <InputField
        label={common.name}
        placeholder={nameExample}
        autoComplete="off"
        hint={nameHint}
        error={errors.name?.message as string | undefined}
        {...register('name')}
      />
      <InputField
        label={messages.minutes}
        unit={messages.minutesUnit}
        inputMode="numeric"
        autoComplete="off"
        hint={messages.minutesHint}
        error={errors.minutes?.message as string | undefined}
        {...register('minutes')}
      />
    </>
  );
}
