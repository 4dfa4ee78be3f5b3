import { Plus, X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useId, useState } from 'react';
import { IconButton } from '@/components/button';
import { Messages } from '@/components/field';
import { cx } from '@/lib/cx';
import { accessMessages as messages } from './messages';
import { TECHNICAL } from './use-page-form';

interface Props {
  label: string;
  hint: string;
  placeholder: string;
  values: readonly string[];
  /** What is wrong with each, by its place. */
  problems: readonly (string | undefined)[];
  /** What is wrong with all of them. */
  error: string | undefined;
  onChange: (values: string[]) => void;
}

/** Short technical texts, each entered by Enter, a comma, or leaving the field. */
export function ChipsField({ label, hint, placeholder, values, problems, error, onChange }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const all = [
    error,
    ...values.flatMap((value, at) => {
      const problem = problems[at];
      return problem ? [messages.chipProblem(value, problem)] : [];
    }),
  ].filter((each) => each !== undefined);

  function add(entered: string) {
    const given = entered
      .split(/[\s,;]+/)
      .map((each) => each.trim().toLowerCase())
      .filter((each) => each !== '');
    setText('');
    const next = [...new Set([...values, ...given])];
    if (next.length > values.length) onChange(next);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter' || event.key === ',') {
      // Not the whole form.
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && text === '') {
      if (values.length > 0) onChange(values.slice(0, -1));
    }
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = event.clipboardData.getData('text');
    if (!/[\s,;]/.test(pasted.trim())) return;
    event.preventDefault();
    add(`${text} ${pasted}`);
  }

  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {values.length > 0 && (
        <ul aria-label={messages.chips(label)} className="mb-2 flex flex-wrap gap-1.5">
          {values.map((value, at) => (
            <li
              key={value}
              className={cx(
                'inline-flex min-h-8 max-w-full items-center gap-1 rounded-full border bg-sunken py-0.5 pr-1 pl-3 font-mono text-xs',
                problems[at] ? 'border-down text-down' : 'border-transparent',
              )}
            >
              <span className="min-w-0 break-all">{value}</span>
              <button
                type="button"
                aria-label={messages.removeChip(value)}
                onClick={() => onChange(values.filter((each) => each !== value))}
                className="inline-flex size-6 shrink-0 items-center justify-center rounded-full hover:bg-line"
              >
                <X className="size-3.5" aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex gap-2">
        <input
          id={id}
          placeholder={placeholder}
          value={text}
          aria-invalid={all.length > 0 || undefined}
          aria-describedby={cx(all.length > 0 && `${id}-error`, `${id}-hint`)}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => add(text)}
          className={cx(
            'min-h-10 w-full scroll-mb-36 rounded-lg border bg-surface px-3 font-mono text-base placeholder:text-ink-soft/70 hover:border-ink-soft sm:text-sm',
            all.length > 0 ? 'border-down' : 'border-line-strong/60',
          )}
          {...TECHNICAL}
        />
        <IconButton
          label={messages.addChip(label)}
          className="size-10 border border-line bg-surface"
          onClick={() => add(text)}
        >
          <Plus className="size-4" aria-hidden />
        </IconButton>
      </div>
      <Messages id={id} error={all.length > 0 ? all.join('; ') : undefined} hint={hint} />
    </div>
  );
}
