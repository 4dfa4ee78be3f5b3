import type { ComponentProps } from 'react';
import { InputField } from '@/components/field';
import { appearanceMessages as messages } from './messages';
import { TECHNICAL } from './use-page-form';

interface Props extends Omit<ComponentProps<typeof InputField>, 'label'> {
  /** What is in the field. */
  colour: string;
  onPick: (colour: string) => void;
}

/** A colour, as digits or picked. */
export function ColourField({ colour, onPick, ...input }: Props) {
  const isColour = /^#[0-9a-f]{6}$/i.test(colour);
  return (
    <div className="flex items-start gap-2">
      <InputField label={messages.accent} className="min-w-0 flex-1" {...TECHNICAL} {...input} />
      <input
        type="color"
        aria-label={messages.pickAccent}
        value={isColour ? colour : '#000000'}
        onChange={({ target }) => onPick(target.value)}
        className="mt-6.5 h-10 w-14 shrink-0 cursor-pointer rounded-lg border border-line-strong/60 bg-surface p-1"
      />
    </div>
  );
}
