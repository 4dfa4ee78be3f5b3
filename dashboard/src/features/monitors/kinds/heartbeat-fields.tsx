import { useMemo } from 'react';
import { Disclosure } from '@/components/disclosure';
import { AreaField, CheckField, InputField, SelectField } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { browserTimeZone, timeZones } from '@/lib/time-zone';
import { common } from '@/messages/common';
import { heartbeatForm as messages } from '../heartbeats/messages';
import { formMessages } from '../messages';
import { type Form, NUMERIC, TECHNICAL, useFields } from '../use-fields';
import { DurationInput } from './duration-field';
import { HEARTBEAT_FILTERS, HEARTBEAT_RUNS, previewOf, SCHEDULE_TYPES } from './heartbeat-schema';
import { SchedulePreview, useSchedulePreview } from './schedule-preview';

const TYPES = SCHEDULE_TYPES.map((value) => ({ value, label: messages.scheduleTypes[value] }));

function TimeZone({ form, error }: { form: Form; error: string | undefined }) {
  const { bind } = useFields(form);
  const field = bind('heartbeat.schedule.timezone');
  const saved = form.formState.defaultValues?.heartbeat?.schedule?.timezone ?? 'UTC';
  const options = useMemo(() => timeZones(saved, browserTimeZone()), [saved]);
  return (
    <SelectField label={common.timeZone} {...field} error={field.error ?? error}>
      {options.map((each) => (
        <option key={each} value={each}>
          {each.replaceAll('_', ' ')}
        </option>
      ))}
    </SelectField>
  );
}

/** The schedule with its next dates, and the grace time. */
export function HeartbeatMain({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const { schedule, ...others } = form.watch('heartbeat');
  const input = previewOf({ schedule, ...others });
  const preview = useSchedulePreview(input);
  const { type } = schedule;
  const expression = bind('heartbeat.schedule.expression');
  const shared = {
    ...TECHNICAL,
    ...expression,
    error: expression.error ?? preview.problemOf('expression'),
  };
  return (
    <>
      <SegmentedControl
        label={messages.schedule}
        options={TYPES}
        {...form.register('heartbeat.schedule.type', {
          onChange: () => form.clearErrors('heartbeat.schedule'),
        })}
      />
      {type === 'period' && (
        <DurationInput
          form={form}
          name="heartbeat.schedule.period_seconds"
          label={messages.period}
          hint={messages.periodHint}
          error={preview.problemOf('period_seconds')}
        />
      )}
      {type === 'cron' && (
        <InputField
          key="cron"
          label={messages.cron}
          placeholder={messages.cronExample}
          hint={messages.cronHint}
          {...shared}
        />
      )}
      {type === 'on_calendar' && (
        <AreaField
          key="on_calendar"
          label={messages.onCalendar}
          placeholder={messages.onCalendarExample}
          hint={messages.onCalendarHint}
          {...shared}
        />
      )}
      {type !== 'period' && <TimeZone form={form} error={preview.problemOf('timezone')} />}
      <DurationInput
        form={form}
        name="heartbeat.grace_seconds"
        label={messages.grace}
        hint={messages.graceHint}
        error={preview.problemOf('grace_seconds')}
      />
      <SchedulePreview
        preview={preview}
        isComplete={input !== null}
        zone={type === 'period' ? null : schedule.timezone}
      />
    </>
  );
}

function Runs({ form }: { form: Form }) {
  const { hasError } = useFields(form);
  const times = form.watch('heartbeat');
  const limits = [
    times.start_grace_seconds,
    times.longest_run_seconds,
    times.shortest_run_seconds,
    times.least_pause_seconds,
  ].filter(({ count }) => count.trim() !== '').length;
  return (
    <Disclosure title={messages.runs} summary={messages.limited(limits)} hasError={hasError(HEARTBEAT_RUNS)}>
      <DurationInput
        form={form}
        name="heartbeat.longest_run_seconds"
        label={messages.longestRun}
        hint={messages.longestRunHint}
      />
      <DurationInput
        form={form}
        name="heartbeat.shortest_run_seconds"
        label={messages.shortestRun}
        hint={messages.shortestRunHint}
      />
      <DurationInput
        form={form}
        name="heartbeat.start_grace_seconds"
        label={messages.startGrace}
        hint={messages.startGraceHint}
      />
      <DurationInput
        form={form}
        name="heartbeat.early_seconds"
        label={messages.early}
        hint={messages.earlyHint}
      />
      <DurationInput
        form={form}
        name="heartbeat.least_pause_seconds"
        label={messages.leastPause}
        hint={messages.leastPauseHint}
      />
    </Disclosure>
  );
}

function Filters({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const { post_only: postOnly, body } = form.watch('heartbeat');
  const hasWords = [body.fail, body.success, body.start].some((words) => words.trim() !== '');
  const summary = [postOnly && messages.postOnlyShort, hasWords && messages.byBody].filter(Boolean);
  return (
    <Disclosure
      title={messages.filters}
      summary={summary.join(' · ') || messages.allCount}
      hasError={hasError(HEARTBEAT_FILTERS)}
    >
      <CheckField
        label={messages.postOnly}
        hint={messages.postOnlyHint}
        className="sm:col-span-2"
        {...bind('heartbeat.post_only')}
      />
      <AreaField label={messages.failWords} hint={messages.wordsHint} {...bind('heartbeat.body.fail')} />
      <AreaField label={messages.successWords} {...bind('heartbeat.body.success')} />
      <AreaField label={messages.startWords} {...bind('heartbeat.body.start')} />
      <CheckField
        label={messages.otherwiseFail}
        hint={messages.otherwiseFailHint}
        className="self-center"
        {...bind('heartbeat.body.otherwise_fail')}
      />
    </Disclosure>
  );
}

function Alerting({ form }: { form: Form }) {
  const { bind, hasError } = useFields(form);
  const [misses, mustNotPing] = form.watch(['down_after', 'upside_down']);
  const summary = [messages.missesShort(misses), mustNotPing && messages.mustNotPing].filter(Boolean);
  return (
    <Disclosure
      title={messages.alerting}
      summary={summary.join(' · ')}
      hasError={hasError(['down_after', 'upside_down'])}
    >
      <InputField
        label={formMessages.downAfter}
        hint={messages.missesHint}
        {...NUMERIC}
        {...bind('down_after')}
      />
      <CheckField
        label={messages.mustNotPing}
        hint={messages.mustNotPingHint}
        className="self-center"
        {...bind('upside_down')}
      />
    </Disclosure>
  );
}

export function HeartbeatOptions({ form }: { form: Form }) {
  return (
    <>
      <Runs form={form} />
      <Filters form={form} />
      <Alerting form={form} />
    </>
  );
}
