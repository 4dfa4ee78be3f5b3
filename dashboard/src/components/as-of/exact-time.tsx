import { type FormEvent, useState } from 'react';
import {
  browserTimeZone,
  formatLocalTime,
  formatTimeZone,
  parseLocalTime,
  toInstant,
  toLocalTime,
} from '@/lib/time-zone';
import { asOfMessages as messages } from '@/messages/as-of';
import { validation } from '@/messages/validation';
import { Button } from '../button';
import { InputField } from '../field';
import { problemOf } from './instants';

interface Props {
  at: string;
  onChange: (at: string) => void;
}

interface Typed {
  /** What was shown then: once something else is, it is out of date. */
  at: string;
  text: string;
  error: string | undefined;
}

/** An instant by the clock of whoever looks for it. */
export function ExactTime({ at, onChange }: Props) {
  const zone = browserTimeZone();
  const [typed, setTyped] = useState<Typed | null>(null);
  const shown = formatLocalTime(toLocalTime(Date.parse(at), zone));
  const { text, error } = typed?.at === at ? typed : { text: shown, error: undefined };

  function submit(event: FormEvent) {
    event.preventDefault();
    const setError = (wrong: string | undefined) => setTyped({ at, text, error: wrong });
    // Untouched it is exact to the millisecond, which the field does not show.
    if (text === shown) return onChange(at);
    const local = parseLocalTime(text);
    if (Number.isNaN(local)) return setError(validation.dateTime);
    const instant = toInstant(local, zone);
    const problem = problemOf(instant, Date.now());
    if (problem) return setError(messages[problem]);
    setError(undefined);
    onChange(new Date(instant).toISOString());
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <InputField
        label={messages.exact}
        type="datetime-local"
        step={1}
        className="w-60 max-w-full"
        value={text}
        hint={messages.exactHint(formatTimeZone(zone))}
        error={error}
        onChange={({ target }) => setTyped({ at, text: target.value, error })}
      />
      <Button type="submit" className="mt-6.5 min-h-10">
        {messages.show}
      </Button>
    </form>
  );
}
