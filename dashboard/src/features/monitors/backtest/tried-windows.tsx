import { zodResolver } from '@hookform/resolvers/zod';
import { Pencil, Plus, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useForm } from 'react-hook-form';
import { MAX_TRIED_WINDOWS } from '@/api/backtests';
import { Button, IconButton } from '@/components/button';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { Messages } from '@/components/field';
import { type TimesForm, timesInput, timesSchema } from '@/components/window-times/window-times';
import { WindowTimesFields } from '@/components/window-times/window-times-fields';
import { describeTriedWindow, backtestMessages as messages } from '@/messages/backtest';
import { timesMessages } from '@/messages/windows';
import { newWindow } from './backtest-schema';

const describe = (window: TimesForm): string => describeTriedWindow(timesInput(window), window.time_zone);

interface DialogProps {
  /** Null for a new one. */
  window: TimesForm | null;
  onSave: (window: TimesForm) => void;
  onClose: () => void;
}

/** The times of one window. */
function WindowDialog({ window, onSave, onClose }: DialogProps) {
  const [initial] = useState(() => newWindow(Date.now()));
  const form = useForm({ resolver: zodResolver(timesSchema), defaultValues: window ?? initial });
  const [openedAt] = useState(() => Date.now() - 86_400_000);
  const save = form.handleSubmit((values) => {
    onSave(values);
    onClose();
  });
  return (
    <FormDialog
      title={window ? timesMessages.edit : timesMessages.add}
      dirty={form.formState.isDirty}
      onClose={onClose}
    >
      <DialogForm
        error={null}
        action={messages.windowAction}
        busy={false}
        onSubmit={(event) => {
          // It is in the form of what is compared, as far as events go.
          event.stopPropagation();
          void save(event);
        }}
      >
        <WindowTimesFields form={form} now={openedAt} />
      </DialogForm>
    </FormDialog>
  );
}

interface Props {
  value: TimesForm[];
  onChange: (value: TimesForm[]) => void;
  /** What is wrong with each, by its place. */
  problems: readonly (string | undefined)[];
  /** What is wrong with all of them. */
  error: string | undefined;
}

/** More maintenance windows of a candidate. */
export function TriedWindows({ value, onChange, problems, error }: Props) {
  const id = useId();
  /** The place of the one that is edited; that after the last for a new one. */
  const [edited, setEdited] = useState<number | null>(null);
  return (
    <fieldset aria-describedby={error ? `${id}-error` : `${id}-hint`} data-invalid={error ? true : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{messages.windows}</legend>
      {value.length > 0 && (
        <ul className="mb-2 divide-y divide-line rounded-lg border border-line">
          {value.map((window, at) => {
            const problem = problems[at];
            return (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: windows are known by their place
                key={at}
                className="py-1 pr-1 pl-3 text-sm"
                data-invalid={problem ? true : undefined}
              >
                <div className="flex min-h-9 items-center gap-1">
                  <span className="min-w-0 flex-1 break-words">{describe(window)}</span>
                  <IconButton
                    label={messages.editOfWindow(describe(window))}
                    aria-describedby={problem && `${id}-${at}-error`}
                    onClick={() => setEdited(at)}
                  >
                    <Pencil className="size-4" aria-hidden />
                  </IconButton>
                  <IconButton
                    label={messages.removeWindow(describe(window))}
                    onClick={() => onChange(value.filter((_, each) => each !== at))}
                  >
                    <X className="size-4" aria-hidden />
                  </IconButton>
                </div>
                <Messages id={`${id}-${at}`} error={problem} className="mb-1.5" />
              </li>
            );
          })}
        </ul>
      )}
      {value.length < MAX_TRIED_WINDOWS && (
        <Button onClick={() => setEdited(value.length)}>
          <Plus className="size-4" aria-hidden />
          {timesMessages.add}
        </Button>
      )}
      <Messages id={id} label={messages.windows} hint={messages.windowsHint} error={error} />
      {edited !== null && (
        <WindowDialog
          window={value[edited] ?? null}
          onSave={(window) => onChange(Object.assign([...value], { [edited]: window }))}
          onClose={() => setEdited(null)}
        />
      )}
    </fieldset>
  );
}
