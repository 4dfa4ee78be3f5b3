import { type FormEvent, useState } from 'react';
import { Button } from '@/components/button';
import { InputField } from '@/components/field';
import {
  browserTimeZone,
  formatLocalTime,
  formatTimeZone,
  parseLocalTime,
  toInstant,
  toLocalTime,
} from '@/lib/time-zone';
import { validation } from '@/messages/validation';
import { whyMessages as messages } from './messages';

interface Props {
  /** Null is now. */
  at: string | null;
  onChange: (at: string | null) => void;
}

/** Which instant is asked about, by the clock of whoever asks. */
export function InstantForm({ at, onChange }: Props) {
  const zone = browserTimeZone();
  const [initial] = useState(() =>
    formatLocalTime(toLocalTime(at === null ? Date.now() : Date.parse(at), zone)),
  );
  const [text, setText] = useState(initial);
  const [error, setError] = useState<string | undefined>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const local = parseLocalTime(text);
    if (Number.isNaN(local)) return setError(validation.dateTime);
    const instant = toInstant(local, zone);
    if (instant > Date.now()) return setError(messages.future);
    setError(undefined);
    // Untouched it is exact to the millisecond, which the field does not show.
    onChange(text === initial && at !== null ? at : new Date(instant).toISOString());
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-start gap-x-2.5 gap-y-3">
      <InputField
        label={messages.at}
        type="datetime-local"
        step={1}
        className="w-full sm:w-64"
        value={text}
        hint={messages.atHint(formatTimeZone(zone))}
        error={error}
        onChange={({ target }) => setText(target.value)}
      />
      <div className="flex gap-2 sm:pt-6.5">
        <Button type="submit" variant="primary" className="min-h-10">
          {messages.explain}
        </Button>
        {at !== null && (
          <Button className="min-h-10" onClick={() => onChange(null)}>
            {messages.now}
          </Button>
        )}
      </div>
    </form>
  );
}
