import type { UseFormReturn } from 'react-hook-form';
import type { Channel } from '@/api/models';
import { CheckField, SelectField } from '@/components/field';
import { formatDuration } from '@/lib/format';
import { common } from '@/messages/common';
import type { ChannelForm } from './form-fields';
import { channelMessages } from './messages';
import { QuietHoursFields } from './quiet-hours-fields';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const COOLDOWNS = [5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY];
const REMINDERS = [15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY, 7 * DAY];

/** The presets, with the current value among them. */
const withCurrent = (presets: number[], current: number | null | undefined) =>
  [...new Set(current ? [...presets, current] : presets)].sort((a, b) => a - b);

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
      <legend className="sr-only">Alerts</legend>
      <CheckField
        label={channelMessages.degradedAlerts}
        hint="Also notify when a monitor becomes degraded and when it no longer is."
        className="sm:col-span-2"
        error={errors?.degraded?.message}
        {...form.register('alerts.degraded')}
      />
      <SelectField
        label="Cooldown"
        hint="Minimum time between alerts for one monitor. If an incident is still ongoing after it, the alert is sent then."
        error={errors?.throttle_seconds?.message}
        {...form.register('alerts.throttle_seconds')}
      >
        <option value="0">{channelMessages.off}</option>
        {withCurrent(COOLDOWNS, channel?.alerts.throttle_seconds).map((seconds) => (
          <option key={seconds} value={seconds}>
            {formatDuration(seconds)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Reminders"
        hint="Repeated until the incident is acknowledged or resolved."
        error={errors?.remind_every_seconds?.message}
        {...form.register('alerts.remind_every_seconds')}
      >
        <option value="">{channelMessages.off}</option>
        {withCurrent(REMINDERS, channel?.alerts.remind_every_seconds).map((seconds) => (
          <option key={seconds} value={seconds}>
            {common.every(seconds)}
          </option>
        ))}
      </SelectField>
      <QuietHoursFields form={form} />
      <CheckField
        label={channelMessages.acknowledgeByLink}
        hint="Notifications have a link by which anybody who can read them acknowledges the incident without signing in."
        className="sm:col-span-2"
        error={errors?.acknowledge_by_link?.message}
        {...form.register('alerts.acknowledge_by_link')}
      />
    </fieldset>
  );
}
