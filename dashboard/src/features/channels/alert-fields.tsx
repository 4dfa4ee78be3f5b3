import type { UseFormReturn } from 'react-hook-form';
import type { Channel, ChannelAlerts } from '@/api/types';
import { CheckField, SelectField } from '@/components/field';
import { formatDuration } from '@/lib/format';
import type { ChannelForm } from './channel-schema';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const THROTTLES = [5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY];
const REMINDERS = [15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY, 7 * DAY];

/** The usual choices, and the present one when it is another. */
const withPresent = (usual: number[], present: number | null | undefined) =>
  [...new Set(present ? [...usual, present] : usual)].sort((a, b) => a - b);

/** What a channel is told beyond the defaults, or less often. */
export function describeAlerts(alerts: ChannelAlerts): string[] {
  const { degraded, throttle_seconds: throttle, remind_every_seconds: remind } = alerts;
  return [
    degraded ? 'told of slow monitors' : '',
    throttle > 0 ? `at most one outage of a monitor in ${formatDuration(throttle)}` : '',
    remind !== null ? `reminded every ${formatDuration(remind)}` : '',
  ].filter((text) => text !== '');
}

/** What a channel is told. */
export function AlertFields({
  form,
  channel,
}: {
  form: UseFormReturn<ChannelForm>;
  channel: Channel | null;
}) {
  const errors = form.formState.errors.alerts;
  return (
    <fieldset className="grid gap-5 border-line border-t pt-5 sm:grid-cols-2">
      <legend className="sr-only">What it is told</legend>
      <CheckField
        label="Tell of slow monitors too"
        hint="When one becomes DEGRADED, and when it no longer is."
        className="sm:col-span-2"
        error={errors?.degraded?.message}
        {...form.register('alerts.degraded')}
      />
      <SelectField
        label="Outages of one monitor"
        hint="A further one is told after that time, unless it is over by then."
        error={errors?.throttle_seconds?.message}
        {...form.register('alerts.throttle_seconds')}
      >
        <option value="0">all of them</option>
        {withPresent(THROTTLES, channel?.alerts.throttle_seconds).map((seconds) => (
          <option key={seconds} value={seconds}>
            at most one in {formatDuration(seconds)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Reminders"
        hint="While an outage goes on, until somebody acknowledges it."
        error={errors?.remind_every_seconds?.message}
        {...form.register('alerts.remind_every_seconds')}
      >
        <option value="">none</option>
        {withPresent(REMINDERS, channel?.alerts.remind_every_seconds).map((seconds) => (
          <option key={seconds} value={seconds}>
            every {formatDuration(seconds)}
          </option>
        ))}
      </SelectField>
    </fieldset>
  );
}
