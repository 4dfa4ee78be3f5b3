import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useWatch } from 'react-hook-form';
import { backtestQuery } from '@/api/backtests';
import type { BacktestCandidate } from '@/api/models';
import { asApiError } from '@/api/problem';
import { regionsQuery } from '@/api/regions';
import { PeriodField } from '@/components/backtest/period-field';
import { BacktestView } from '@/components/backtest/view';
import { Button } from '@/components/button';
import { useSettled } from '@/lib/use-settled';
import { backtestMessages as messages, type Period } from '@/messages/backtest';
import type { MonitorForm } from '../monitor-schema';
import { regionTrying } from '../regions/messages';
import type { Form } from '../use-fields';
import { type Beside, candidatesWith, NOTHING_BESIDE, windowProblems } from './beside';
import { BesideFields } from './beside-fields';
import { candidateOf, TRIED_FIELDS, type TriedForm, triedRegions } from './candidate';

const SETTLED_MS = 600;

function Frame({ children }: { children: ReactNode }) {
  return (
    <section aria-label={messages.title} className="card grid grid-cols-1 gap-4 p-5">
      <h2 className="flex items-center gap-2 font-semibold">
        <History className="size-4 shrink-0 text-ink-soft" aria-hidden />
        {messages.title}
      </h2>
      {children}
    </section>
  );
}

/** Said where there is nothing to try it on. */
export function NoBacktest({ isNew }: { isNew: boolean }) {
  return (
    <p className="flex items-start gap-2 text-pretty text-ink-soft text-xs">
      <History className="mt-px size-3.5 shrink-0" aria-hidden />
      <span>
        <span className="font-medium">{messages.title}</span>{' '}
        {isNew ? messages.notNew : messages.notOtherKind}
      </span>
    </p>
  );
}

/** The values in the order of their names, as one form. */
function useTried(form: Form): TriedForm {
  const values = useWatch({ control: form.control, name: TRIED_FIELDS });
  return Object.fromEntries(TRIED_FIELDS.map((name, at) => [name, values[at]])) as unknown as TriedForm;
}

/** With the home region by its name, where the monitor was checked from several and none is named any more. */
function useNamed(form: TriedForm, stored: readonly string[]): TriedForm {
  const isHome = stored.length > 1 && form.regions.length === 0;
  const { data } = useQuery({ ...regionsQuery, enabled: isHome });
  return isHome && data ? { ...form, regions: [data.home] } : form;
}

interface Props {
  monitorId: number;
  form: Form;
  /** What is saved. */
  initial: MonitorForm;
}

/** What the settings in the form would have sent of the past, as they are typed. Saving never waits for it. */
export function BacktestPanel({ monitorId, form, initial }: Props) {
  const [days, setDays] = useState<Period>(30);
  const [isWanted, setWanted] = useState(false);
  const [beside, setBeside] = useState<Beside>(NOTHING_BESIDE);
  const stored = initial.regions;
  const tried = useNamed(useTried(form), stored);
  const candidate = candidateOf(tried, initial);
  // What is saved is compared only when asked for: opening a form is no reason for a simulation.
  const isChanged = JSON.stringify(candidate) !== JSON.stringify(candidateOf(initial, initial));
  const [hasChanged, setChanged] = useState(false);
  if (isChanged && !hasChanged) setChanged(true);
  const isOn = isWanted || hasChanged;
  const candidates = candidate && candidatesWith(candidate, beside);
  const text = JSON.stringify(candidates);
  const settled = useSettled(text, SETTLED_MS);
  // None while somebody types, which also ends what was asked before.
  const asked = isOn && settled === text ? (JSON.parse(settled) as BacktestCandidate[] | null) : null;
  const query = useQuery({
    ...backtestQuery(monitorId, days, asked),
    placeholderData: keepPreviousData,
  });
  // Of other settings it would be at the wrong place.
  const error = asked === null || query.isFetching ? null : query.error;
  const refused = error ? asApiError(error).fields : [];
  const left = stored.length > 1 ? triedRegions(tried, stored) : null;
  if (!isOn) {
    return (
      <Frame>
        <p className="text-pretty text-ink-soft text-sm">{messages.onChange}</p>
        <Button className="w-fit" onClick={() => setWanted(true)}>
          {messages.tryOn(days)}
        </Button>
      </Frame>
    );
  }
  return (
    <Frame>
      <PeriodField days={days} onChange={setDays} className="max-w-44" />
      <BesideFields
        value={beside}
        onChange={setBeside}
        current={candidate}
        problems={windowProblems(refused, beside)}
      />
      {left?.known.length === 0 && <p className="text-ink-soft text-sm">{regionTrying.none}</p>}
      {left && left.known.length > 0 && left.added.length > 0 && (
        <p className="text-ink-soft text-sm">{regionTrying.notStored(left.added)}</p>
      )}
      {candidate === null && <p className="text-ink-soft text-sm">{messages.incomplete}</p>}
      <BacktestView
        query={query}
        days={days}
        names={candidates?.map(({ name }) => name ?? '') ?? []}
        isOutdated={asked === null}
      />
    </Frame>
  );
}
