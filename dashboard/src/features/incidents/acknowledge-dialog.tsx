import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { acknowledge, addNote } from '@/api/incidents';
import { keys } from '@/api/keys';
import type { Incident } from '@/api/models';
import { asApiError } from '@/api/problem';
import { Button } from '@/components/button';
import { FormActions, FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { AreaField } from '@/components/field';
import { atMost } from '@/lib/at-most';
import { common } from '@/messages/common';
import { incidentMessages, monitorNameOf } from '@/messages/incidents';
import { validation } from '@/messages/validation';
import { acknowledgeMessages as messages } from './messages';
import { MAX_NOTE } from './new-note';

/** Requests at the same time: they count toward the limit of requests. */
const AT_ONCE = 5;

interface Outcome {
  incident: Incident;
  /** Why it, or its note, failed; null where nothing did. */
  problem: string | null;
  isAcknowledged: boolean;
}

/** Does what is left to do. */
async function acknowledgeOne({ incident, ...before }: Outcome, note: string): Promise<Outcome> {
  let { isAcknowledged } = before;
  try {
    if (!isAcknowledged) await acknowledge(incident.id);
    isAcknowledged = true;
    if (note !== '') await addNote(incident.id, note);
    return { incident, isAcknowledged, problem: null };
  } catch (error) {
    return { incident, isAcknowledged, problem: asApiError(error).detail };
  }
}

function OutcomeRow({ outcome: { incident, problem, isAcknowledged } }: { outcome: Outcome }) {
  const Icon = problem === null ? CircleCheck : CircleAlert;
  return (
    <li className="flex gap-2.5 py-2 text-sm">
      <Icon
        className={`mt-0.5 size-4.5 shrink-0 ${problem === null ? 'text-up' : 'text-down'}`}
        aria-hidden
      />
      <div className="min-w-0">
        <p className="break-words font-medium">{monitorNameOf(incident)}</p>
        <p className="break-words text-ink-soft text-xs">
          {problem === null
            ? messages.done
            : isAcknowledged
              ? messages.noteFailed(problem)
              : messages.failed(problem)}
        </p>
      </div>
    </li>
  );
}

interface Props {
  incidents: readonly Incident[];
  onClose: () => void;
}

/** Acknowledges some incidents, with an optional note on each, and says what has come of it. */
export function AcknowledgeDialog({ incidents, onClose }: Props) {
  const client = useQueryClient();
  const [note, setNote] = useState('');
  /** Null before the first try. */
  const [outcomes, setOutcomes] = useState<readonly Outcome[] | null>(null);
  const run = useMutation({
    mutationFn: (left: readonly Outcome[]) =>
      atMost(AT_ONCE, left, (outcome) => acknowledgeOne(outcome, note.trim())),
    onSuccess(latest, left) {
      const changed = new Map(latest.map((outcome) => [outcome.incident.id, outcome]));
      setOutcomes((outcomes ?? left).map((each) => changed.get(each.incident.id) ?? each));
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.incidents }),
  });
  const failed = outcomes?.filter(({ problem }) => problem !== null) ?? [];
  const done = outcomes?.filter(({ problem }) => problem === null) ?? [];
  const error = note.trim().length > MAX_NOTE ? validation.maxCharacters(MAX_NOTE) : undefined;
  return (
    <FormDialog
      title={messages.title(incidents.length)}
      dirty={note.trim() !== '' && !outcomes}
      onClose={onClose}
    >
      {outcomes ? (
        <div className="grid gap-5">
          <p role="status" className="font-medium text-sm">
            {messages.outcome(done.length, failed.length)}
          </p>
          <ul aria-label={messages.results} className="divide-y divide-line">
            {[...failed, ...done].map((outcome) => (
              <OutcomeRow key={outcome.incident.id} outcome={outcome} />
            ))}
          </ul>
          <FormActions>
            {failed.length > 0 && (
              <Button busy={run.isPending} onClick={() => run.mutate(failed)}>
                {common.retry}
              </Button>
            )}
            <Button variant="primary" onClick={onClose}>
              {common.close}
            </Button>
          </FormActions>
        </div>
      ) : (
        <DialogForm
          error={null}
          action={incidentMessages.acknowledge}
          busy={run.isPending}
          onSubmit={(event) => {
            event.preventDefault();
            if (error || run.isPending) return;
            run.mutate(incidents.map((incident) => ({ incident, isAcknowledged: false, problem: null })));
          }}
        >
          <p className="text-pretty text-ink-soft text-sm">{messages.about}</p>
          <AreaField
            label={messages.note}
            prose
            rows={3}
            hint={messages.noteHint}
            value={note}
            error={error}
            onChange={({ target }) => setNote(target.value)}
          />
        </DialogForm>
      )}
    </FormDialog>
  );
}
