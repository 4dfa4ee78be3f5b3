import { zodResolver } from '@hookform/resolvers/zod';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { backtestsQuery, type TriedOnSeveral } from '@/api/backtests';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { PeriodField } from '@/components/backtest/period-field';
import { BacktestView } from '@/components/backtest/view';
import { Button } from '@/components/button';
import { CheckField, InputField } from '@/components/field';
import { MonitorPicker } from '@/components/monitor-picker';
import { PageHeader, Section } from '@/components/page';
import { PolicyChoice } from '@/components/recipients-fields';
import { SegmentedControl } from '@/components/segmented-control';
import { TagChoice } from '@/components/tag-choice';
import { ToggleGroup } from '@/components/toggle-group';
import { keysOf } from '@/lib/keys-of';
import { z } from '@/lib/zod';
import { backtestMessages as messages, type Period } from '@/messages/backtest';
import { pickerMessages } from '@/messages/monitor-picker';
import { SUPPRESSION_LABELS } from '@/messages/suppressions';
import { tagMessages } from '@/messages/tags';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';
import { DownRuleFields } from '../alerting/down-rule-fields';
import { formMessages } from '../messages';
import { NUMERIC, useFields } from '../use-fields';
import {
  type BacktestForm,
  type BacktestValues,
  backtestSchema,
  NEW_BACKTEST,
  onlyShown,
  selectionOf,
  triedOf,
} from './backtest-schema';

const SELECTIONS = [
  { value: 'monitors', label: pickerMessages.selected },
  { value: 'tag', label: tagMessages.byTag },
  { value: 'policy', label: messages.byPolicy },
] as const;

const WITHOUT = keysOf(SUPPRESSION_LABELS).map((value) => ({ value, label: SUPPRESSION_LABELS[value] }));

const schema = z.custom<BacktestForm>().transform(onlyShown).pipe(backtestSchema);

function useBacktestForm() {
  return useForm<BacktestForm, unknown, BacktestValues>({
    resolver: zodResolver(schema),
    defaultValues: NEW_BACKTEST,
  });
}

type Form = ReturnType<typeof useBacktestForm>;

/** Of which monitors. */
function Selection({ form }: { form: Form }) {
  const seesPolicies = useCan('viewAlertPolicy');
  const { errors } = form.formState;
  const [by, tag] = form.watch(['by', 'tag']);
  return (
    <>
      <SegmentedControl
        label={PAGE_TITLES.monitors}
        options={SELECTIONS.filter(({ value }) => value !== 'policy' || seesPolicies)}
        {...form.register('by', { onChange: () => form.clearErrors(['monitors', 'tag', 'policy_id']) })}
      />
      {by === 'monitors' && (
        <Controller
          control={form.control}
          name="monitors"
          render={({ field }) => (
            <MonitorPicker
              selected={field.value}
              onChange={(selected) => {
                form.clearErrors('monitors');
                field.onChange(selected);
              }}
              error={errors.monitors?.message}
            />
          )}
        />
      )}
      {by === 'tag' && <TagChoice chosen={tag} error={errors.tag?.message} {...form.register('tag')} />}
      {by === 'policy' && (
        <Controller
          control={form.control}
          name="policy_id"
          render={({ field }) => (
            <PolicyChoice
              value={field.value}
              onChange={(policy) => {
                form.clearErrors('policy_id');
                field.onChange(policy);
              }}
              error={errors.policy_id?.message}
            />
          )}
        />
      )}
    </>
  );
}

/** What is tried. */
function Candidate({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const values = form.watch();
  return (
    <>
      <Controller
        control={form.control}
        name="without"
        render={({ field, fieldState }) => (
          <ToggleGroup
            label={messages.without}
            options={WITHOUT}
            selected={field.value}
            onChange={(without) => {
              form.clearErrors('without');
              field.onChange(without);
            }}
            hint={messages.withoutHint}
            error={fieldState.error?.message}
          />
        )}
      />
      <CheckField
        label={messages.otherRule}
        hint={messages.otherRuleHint}
        {...form.register('has_rule', { onChange: () => form.clearErrors() })}
      />
      {values.has_rule && (
        <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
          <DownRuleFields bind={bind} value={values} interval={null} />
          <InputField
            label={formMessages.upAfter}
            hint={formMessages.upAfterHint}
            {...NUMERIC}
            {...bind('up_after')}
          />
          <InputField
            label={formMessages.slowAbove}
            hint={formMessages.slowAboveHint}
            unit="ms"
            {...NUMERIC}
            {...bind('slow_ms')}
          />
        </div>
      )}
    </>
  );
}

function Backtests() {
  const form = useBacktestForm();
  const [days, setDays] = useState<Period>(30);
  const [tried, setTried] = useState<TriedOnSeveral | null>(null);
  const query = useQuery({ ...backtestsQuery(tried), placeholderData: keepPreviousData });
  const current = onlyShown(form.watch());
  const isOutdated =
    tried !== null &&
    JSON.stringify(tried) !==
      JSON.stringify({ selection: selectionOf(current), days, candidate: triedOf(current) });
  const compare = form.handleSubmit(() => {
    const shown = onlyShown(form.getValues());
    setTried({ selection: selectionOf(shown), days, candidate: triedOf(shown) });
  });
  return (
    <div
      data-wide
      className="grid grid-cols-1 items-start gap-8 xl:grid-cols-[minmax(0,36rem)_minmax(0,1fr)]"
    >
      <form noValidate onSubmit={compare} className="grid grid-cols-1 gap-5">
        <div className="card grid grid-cols-1 gap-5 p-5">
          <Selection form={form} />
          <PeriodField days={days} onChange={setDays} className="max-w-44" />
        </div>
        <div className="card grid grid-cols-1 gap-5 p-5">
          <h2 className="font-semibold">{messages.whatToTry}</h2>
          <Candidate form={form} />
        </div>
        <Button type="submit" variant="primary" busy={query.isFetching} className="w-fit">
          {messages.compare}
        </Button>
      </form>
      <Section title={messages.comparison} className="card p-5">
        {tried === null ? (
          <p className="text-pretty text-ink-soft text-sm">{messages.notTried}</p>
        ) : (
          <>
            {isOutdated && !query.isFetching && (
              <p className="mb-3 text-ink-soft text-sm">{messages.changed}</p>
            )}
            <BacktestView query={query} days={tried.days} isFaint={isOutdated} />
          </>
        )}
      </Section>
    </div>
  );
}

export function BacktestPage() {
  const seesPolicies = useCan('viewAlertPolicy');
  return (
    <>
      {seesPolicies ? (
        <BackLink to="/notifications/routes">{ALERTING_TITLES.routes}</BackLink>
      ) : (
        <BackLink to="/notifications">{PAGE_TITLES.alerting}</BackLink>
      )}
      <PageHeader title={messages.pageTitle} />
      <p className="-mt-4 mb-6 max-w-3xl text-pretty text-ink-soft text-sm">
        {messages.pageAbout} {seesPolicies && messages.elsewhere}
      </p>
      <Backtests />
    </>
  );
}
