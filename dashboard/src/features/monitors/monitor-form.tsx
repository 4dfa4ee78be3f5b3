import { zodResolver } from '@hookform/resolvers/zod';
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import { ErrorNotice } from '@/components/notice';
import { useServerErrors } from '@/lib/form-errors';
import { formatDuration } from '@/lib/format';
import { AdvancedFields } from './advanced-fields';
import { FIELDS, type MonitorForm as Form, type MonitorValues, monitorSchema } from './monitor-schema';

const INTERVALS = [30, 60, 300, 900, 3_600];
const BASIC = ['url', 'name', 'interval_seconds'];

interface Props {
  initial: Form;
  action: string;
  cancel: ReactNode;
  onSubmit: (values: MonitorValues) => Promise<void>;
}

export function MonitorForm({ initial, action, cancel, onSubmit }: Props) {
  const form = useForm<Form, unknown, MonitorValues>({
    resolver: zodResolver(monitorSchema),
    defaultValues: initial,
  });
  const { banner, guard } = useServerErrors(form, FIELDS);
  const { errors, isSubmitting } = form.formState;
  const [opened, setOpened] = useState(false);
  // An error in a closed section would leave somebody with a button that does nothing.
  const hasHiddenError = Object.keys(errors).some((field) => !BASIC.includes(field));
  const interval = Number(form.watch('interval_seconds'));

  return (
    <form
      noValidate
      className="grid max-w-2xl gap-5"
      onSubmit={form.handleSubmit((values) => guard(() => onSubmit(values)))}
    >
      {banner && <ErrorNotice error={banner} />}
      <div className="card grid gap-5 p-5">
        <InputField
          label="URL"
          type="url"
          inputMode="url"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="https://example.org/"
          error={errors.url?.message}
          {...form.register('url')}
        />
        <InputField
          label="Name"
          hint="What you call it. If blank, the host of the URL."
          autoComplete="off"
          error={errors.name?.message}
          {...form.register('name')}
        />
        <div>
          <InputField
            label="Interval"
            unit="s"
            inputMode="numeric"
            autoComplete="off"
            className="max-w-60"
            hint={interval > 0 ? `A check every ${formatDuration(interval)}.` : 'From 10 s to a day.'}
            error={errors.interval_seconds?.message}
            {...form.register('interval_seconds')}
          />
          <fieldset aria-label="Usual intervals" className="mt-3 flex flex-wrap gap-1.5">
            {INTERVALS.map((seconds) => (
              <button
                key={seconds}
                type="button"
                aria-pressed={interval === seconds}
                onClick={() =>
                  form.setValue('interval_seconds', String(seconds), {
                    shouldDirty: true,
                    shouldValidate: form.formState.isSubmitted,
                  })
                }
                className="min-h-8 rounded-full border border-line px-3 text-sm hover:border-line-strong aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
              >
                {formatDuration(seconds)}
              </button>
            ))}
          </fieldset>
        </div>
      </div>

      <details
        className="card group"
        open={opened || hasHiddenError}
        onToggle={(event) => setOpened(event.currentTarget.open)}
      >
        <summary className="flex list-none items-center gap-2 rounded-xl px-5 py-4 font-medium text-sm">
          <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden />
          Timeout, retries and what counts as UP
        </summary>
        <AdvancedFields form={form} />
      </details>

      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={isSubmitting}>
          {action}
        </Button>
        {cancel}
      </div>
    </form>
  );
}
