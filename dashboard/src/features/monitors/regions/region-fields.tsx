import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { Controller } from 'react-hook-form';
import type { Region } from '@/api/models';
import { regionsQuery } from '@/api/regions';
import { InputField, Messages } from '@/components/field';
import { SegmentedControl } from '@/components/segmented-control';
import { regionTexts } from '@/messages/regions';
import { earliestSeconds, typedRule } from '../alerting/down-rule';
import { deadlineMs, defaultTimeoutMs } from '../monitor-schema';
import { type Form, NUMERIC, useFields } from '../use-fields';
import { explainOne, explainQuorum, regionForm as messages, regionNote } from './messages';
import { foundWithin, QUORUMS, type Quorum, typedQuorum } from './quorum';

const CHOICES = QUORUMS.map((value) => ({ value, label: messages.choices[value] }));

interface ChoiceProps {
  offered: readonly Region[];
  /** Undefined while it is not known. */
  home: string | undefined;
  /** Without any it is the home region. */
  selected: readonly string[];
  onChange: (selected: string[]) => void;
  error: string | undefined;
}

/** The regions that are checked; those that are saved and not offered any more can be taken out. */
function RegionChoice({ offered, home, selected, onChange, error }: ChoiceProps) {
  const id = useId();
  const chosen = selected.length === 0 && home !== undefined ? [home] : selected;
  const isHomeOnly = chosen.length === 1 && chosen[0] === home;
  const gone = selected.filter((name) => !offered.some((each) => each.name === name));
  const options = [
    ...offered.map((each) => ({ name: each.name, note: home === undefined ? null : regionNote(each, home) })),
    ...gone.map((name) => ({ name, note: home === undefined ? null : messages.gone })),
  ];

  function toggle(name: string, isOn: boolean) {
    const next = isOn ? [...chosen, name] : chosen.filter((each) => each !== name);
    const isDefault = next.every((each) => each === home);
    onChange(isDefault ? [] : next.sort());
  }

  return (
    <fieldset
      className="min-w-0"
      aria-describedby={error ? `${id}-error ${id}-hint` : `${id}-hint`}
      data-invalid={error ? true : undefined}
    >
      <legend className="mb-1.5 font-medium text-sm">{regionTexts.regions}</legend>
      <div className="grid gap-x-4 rounded-lg border border-line-strong/60 p-1.5 sm:grid-cols-2">
        {options.map(({ name, note }) => (
          <label
            key={name}
            className="flex min-h-9 min-w-0 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken"
          >
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-ink"
              checked={chosen.includes(name)}
              // Without another choice it is this one.
              disabled={isHomeOnly && name === home}
              onChange={({ target }) => toggle(name, target.checked)}
            />
            <span className="min-w-0 truncate">{name}</span>{' '}
            {note && <span className="ml-auto text-right text-ink-soft text-xs">{note}</span>}
          </label>
        ))}
      </div>
      <Messages id={id} hint={messages.hint} error={error} />
    </fieldset>
  );
}

/** How soon it is found that a monitor is down, as the form is typed; null while that is not known. */
function useFoundWithin(form: Form): (quorum: Pick<Quorum, 'down' | 'of'>) => number | null {
  const [interval, timeout, retries, delay] = form
    .watch(['interval_seconds', 'timeout_ms', 'retries', 'retry_delay_ms'])
    .map((text) => (text.trim() === '' ? null : Number(text)));
  const [down_count, down_after, down_of, down_for_seconds] = form.watch([
    'down_count',
    'down_after',
    'down_of',
    'down_for_seconds',
  ]);
  const rule = typedRule({ down_count, down_after, down_of, down_for_seconds });
  if (interval == null || retries == null || delay == null || rule === null) return () => null;
  const deadline = deadlineMs(timeout ?? defaultTimeoutMs(interval, retries, delay), retries, delay) / 1_000;
  if (!(interval > 0) || !(deadline > 0) || deadline >= interval) return () => null;
  return (quorum) => foundWithin({ interval, deadline, confirming: earliestSeconds(rule, interval) }, quorum);
}

/** Where the monitor is checked from, and how many regions decide. Nothing is shown where there is one region. */
export function RegionFields({ form }: { form: Form }) {
  // Where it cannot be asked, what is saved can still be seen and changed.
  const { data } = useQuery(regionsQuery);
  const { bind } = useFields(form);
  const [regions, quorum] = form.watch(['regions', 'quorum']);
  const secondsOf = useFoundWithin(form);
  const offered = data?.items ?? [];
  if (offered.length < 2 && regions.length === 0) return null;
  const { errors } = form.formState;
  const isSeveral = regions.length > 1;
  const rule = typedQuorum(quorum, regions.length);
  const only = regions[0] ?? data?.home;
  const { error, ...down } = bind('quorum.down');
  return (
    <section aria-label={regionTexts.checkedFrom} className="card grid grid-cols-1 gap-5 p-5">
      <h2 className="font-semibold">{regionTexts.checkedFrom}</h2>
      <Controller
        control={form.control}
        name="regions"
        render={({ field }) => (
          <RegionChoice
            offered={offered}
            home={data?.home}
            selected={field.value}
            onChange={(selected) => {
              form.clearErrors(['regions', 'quorum']);
              field.onChange(selected);
            }}
            error={errors.regions?.message}
          />
        )}
      />
      {isSeveral && (
        <>
          <div data-invalid={error ? true : undefined}>
            <SegmentedControl label={messages.downWhen} options={CHOICES} {...down} />
            <Messages id="quorum-down" hint={quorum.down === 'all' && messages.allHint} error={error} />
          </div>
          <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
            {quorum.down === 'number' && (
              <InputField label={messages.count} {...NUMERIC} {...bind('quorum.count')} />
            )}
            <InputField
              label={messages.least}
              hint={messages.leastHint}
              {...(rule && { placeholder: String(rule.min) })}
              {...NUMERIC}
              {...bind('quorum.min_regions')}
            />
          </div>
        </>
      )}
      {(isSeveral ? rule : only) && (
        <p role="status" className="text-pretty rounded-lg bg-sunken px-3.5 py-2.5 text-ink-soft text-sm">
          {rule
            ? explainQuorum(rule, secondsOf(rule))
            : explainOne(only ?? '', secondsOf({ down: 1, of: 1 }))}
        </p>
      )}
    </section>
  );
}
