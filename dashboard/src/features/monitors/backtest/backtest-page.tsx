import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Controller } from 'react-hook-form';
import { backtestsQuery, type TriedOnSeveral } from '@/api/backtests';
import { useCan } from '@/api/use-session';
import { BackLink } from '@/components/back-link';
import { PeriodField } from '@/components/backtest/period-field';
import { BacktestView } from '@/components/backtest/view';
import { Button } from '@/components/button';
import { setFieldErrors } from '@/components/form-errors';
import { MonitorPicker } from '@/components/monitor-picker';
import { PageHeader, Section } from '@/components/page';
import { PolicyChoice } from '@/components/recipients-fields';
import { SegmentedControl } from '@/components/segmented-control';
import { TagChoice } from '@/components/tag-choice';
import { backtestMessages as messages, type Period } from '@/messages/backtest';
import { pickerMessages } from '@/messages/monitor-picker';
import { tagMessages } from '@/messages/tags';
import { ALERTING_TITLES, PAGE_TITLES } from '@/messages/terms';
import {
  BACKTEST_FIELDS,
  type BacktestForm,
  candidatesOf,
  formField,
  onlyShown,
  selectionOf,
} from './backtest-schema';
import { CandidatesFields } from './candidates-fields';
import { type Form, useBacktestForm } from './use-backtest-form';

const SELECTIONS = [
  { value: 'monitors', label: pickerMessages.selected },
  { value: 'tag', label: tagMessages.byTag },
  { value: 'policy', label: messages.byPolicy },
] as const;

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

/** Shows at its field what the server refuses of what is compared. */
function useRefused(form: Form, error: unknown, tried: TriedOnSeveral | null, isOutdated: boolean) {
  const shown = useRef<unknown>(null);
  useEffect(() => {
    if (shown.current === error) return;
    shown.current = error;
    // Of other candidates it would be at the wrong place.
    if (!error || isOutdated) return;
    const hasAsItWas = tried?.candidates[0]?.as_it_was ?? false;
    setFieldErrors(error, form, BACKTEST_FIELDS, (field) => formField(field, hasAsItWas));
  }, [form, error, tried, isOutdated]);
}

function Backtests() {
  const form = useBacktestForm();
  const [days, setDays] = useState<Period>(30);
  const [tried, setTried] = useState<TriedOnSeveral | null>(null);
  const query = useQuery({ ...backtestsQuery(tried), placeholderData: keepPreviousData });
  const askedOf = (given: BacktestForm): TriedOnSeveral => {
    const shown = onlyShown(given);
    return { selection: selectionOf(shown), days, candidates: candidatesOf(shown) };
  };
  const isOutdated = tried !== null && JSON.stringify(tried) !== JSON.stringify(askedOf(form.watch()));
  useRefused(form, query.isFetching ? null : query.error, tried, isOutdated);
  const compare = form.handleSubmit(() => setTried(askedOf(form.getValues())));
  return (
    <div data-wide className="grid grid-cols-1 gap-8">
      <form noValidate onSubmit={compare} className="grid grid-cols-1 gap-5">
        <div className="card grid max-w-3xl grid-cols-1 gap-5 p-5">
          <Selection form={form} />
          <PeriodField days={days} onChange={setDays} className="max-w-44" />
        </div>
        <h2 className="mt-3 font-semibold">{messages.whatToTry}</h2>
        <CandidatesFields form={form} />
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
            <BacktestView
              query={query}
              days={tried.days}
              names={tried.candidates.map(({ name }) => name ?? '')}
              isFaint={isOutdated}
            />
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
