import { Fragment, useId } from 'react';
import { CheckField, InlineInput, Messages } from '@/components/field';
import type { Bound } from '../kinds/duration-field';
import { NUMERIC } from '../use-fields';
import { FLAPPING_NUMBERS, type FlappingNumber } from './flapping';
import { flappingMessages as messages } from './messages';

interface Props {
  bind: (name: `flapping.${FlappingNumber | 'is_on'}`) => Bound;
  isOn: boolean;
}

/** Whether the monitor can be flapping, and when, as a sentence with three numbers. */
export function FlappingFields({ bind, isOn }: Props) {
  const id = useId();
  const fields = FLAPPING_NUMBERS.map((number) => ({ number, bound: bind(`flapping.${number}`) }));
  return (
    <div className="grid gap-4 sm:col-span-2">
      <CheckField label={messages.turnOn} hint={messages.hint} {...bind('flapping.is_on')} />
      {isOn && (
        <fieldset className="min-w-0">
          <legend className="sr-only">{messages.title}</legend>
          <p className="text-sm leading-12">
            {fields.map(({ number, bound }) => (
              <Fragment key={number}>
                {messages.before[number]}{' '}
                <InlineInput
                  label={messages.labels[number]}
                  describedBy={`${id}-${number}-error`}
                  {...NUMERIC}
                  {...bound}
                />{' '}
              </Fragment>
            ))}
            {messages.end}
          </p>
          {fields.map(({ number, bound: { error } }) => (
            <Messages key={number} id={`${id}-${number}`} error={error && messages.wrong(number, error)} />
          ))}
        </fieldset>
      )}
    </div>
  );
}
