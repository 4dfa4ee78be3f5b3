import { useState } from 'react';
import type { EscalationTarget } from '@/api/models';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { SearchBox } from '@/components/search-box';
import { TargetIcon } from '@/components/target-icon';
import type { KnownTarget } from '@/components/use-targets';
import { keysOf } from '@/lib/keys-of';
import { describeUnreachable, TARGET_GROUPS } from '@/messages/alerting';
import { policyMessages as messages } from './messages';
import { MAX_TARGETS } from './policy-schema';

const keyOf = ({ kind, id }: EscalationTarget): string => `${kind} ${id}`;

interface Props {
  all: readonly KnownTarget[];
  /** Those that the step has. */
  taken: readonly EscalationTarget[];
  onAdd: (targets: EscalationTarget[]) => void;
  onClose: () => void;
}

/** Chooses whom a step notifies, several at once, by name. */
export function TargetPicker({ all, taken, onAdd, onClose }: Props) {
  const [q, setQ] = useState('');
  const [selected, setSelected] = useState<readonly KnownTarget[]>([]);
  const takenKeys = new Set(taken.map(keyOf));
  const room = MAX_TARGETS - taken.length;
  const isFull = selected.length >= room;
  const matches = all.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));

  const option = (target: KnownTarget) => {
    const isTaken = takenKeys.has(keyOf(target));
    const isSelected = selected.includes(target);
    const { kind, name, note, unreachable } = target;
    return (
      <label
        key={keyOf(target)}
        className="flex min-h-9 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken has-disabled:text-ink-soft"
      >
        <input
          type="checkbox"
          className="size-4 shrink-0 accent-ink"
          checked={isTaken || isSelected}
          disabled={isTaken || (isFull && !isSelected)}
          onChange={() =>
            setSelected(isSelected ? selected.filter((each) => each !== target) : [...selected, target])
          }
        />
        <TargetIcon kind={kind} className="size-4 text-ink-soft" />
        <span className="min-w-0 truncate">{name}</span>
        <span className="ml-auto shrink-0 text-ink-soft text-xs">
          {unreachable ? (
            <span className="text-degraded">{describeUnreachable(kind, unreachable)}</span>
          ) : (
            note
          )}
        </span>
      </label>
    );
  };

  return (
    <FormDialog title={messages.addTargets} onClose={onClose}>
      <div className="grid gap-4">
        <div className="flex">
          <SearchBox
            label={messages.searchTargets}
            placeholder={messages.searchHint}
            value={q}
            delay={0}
            onChange={setQ}
          />
        </div>
        <div className="max-h-[46vh] overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
          {keysOf(TARGET_GROUPS).map((kind) => {
            const ofKind = matches.filter((target) => target.kind === kind);
            return (
              ofKind.length > 0 && (
                <fieldset key={kind} className="mb-2 min-w-0 last:mb-0">
                  <legend className="px-2 pt-1 pb-0.5 font-medium text-ink-soft text-xs">
                    {TARGET_GROUPS[kind]}
                  </legend>
                  {ofKind.map(option)}
                </fieldset>
              )
            );
          })}
          {matches.length === 0 && (
            <p className="px-2 py-1.5 text-ink-soft text-sm">
              {all.length === 0 ? messages.noTargets : messages.nothingFound}
            </p>
          )}
        </div>
        {isFull && (
          <p role="status" className="text-ink-soft text-xs">
            {messages.full(MAX_TARGETS)}
          </p>
        )}
        <FormActions>
          <CancelButton />
          <Button
            variant="primary"
            disabled={selected.length === 0}
            onClick={() => {
              onAdd(selected.map(({ kind, id }) => ({ kind, id })));
              onClose();
            }}
          >
            {selected.length > 0 ? messages.addSelected(selected.length) : messages.addTargets}
          </Button>
        </FormActions>
      </div>
    </FormDialog>
  );
}
