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

/** An instant by the clock of whoever looks for it. */
export function ExactTime({ at, onChange }: Props) {
  const zone = browserTimeZone();
  const [initial] = useState(() => formatLocalTime(toLocalTime(Date.parse(at), zone)));
  const [text, setText] = useState(initial);
  const [error, setError] = useState<string | undefined>();

  function submit(event: FormEvent) {
    event.preventDefault();
    // Untouched it is exact to the millisecond, which the field does not show.
    if (text === initial) return onChange(at);
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
        onChange={({ target }) => setText(target.value)}
      />
      <Button type="submit" className="mt-6.5 min-h-10">
        {messages.show}
      </Button>
    </form>
  );
}
