import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { tagsQuery } from '@/api/tags';
import { InputField } from '@/components/field';
import { TagDot } from '@/components/tags';
import { tagMessages } from '@/messages/tags';
import { formMessages } from './messages';
import { tagsOf } from './monitor-schema';
import { type Form, useFields } from './use-fields';

/** Buttons offered at most; others are typed. */
const OFFERED = 20;

interface Props extends Omit<ComponentProps<typeof InputField>, 'label' | 'value'> {
  /** What is in the field: names with commas between them. */
  text: string;
  onPick: (text: string) => void;
}

/** Tags by their names, which are typed or picked among those that there are. */
export function TagsInput({ text, onPick, ...input }: Props) {
  const { data = [] } = useQuery(tagsQuery);
  const chosen = tagsOf(text);
  const lower = chosen.map((name) => name.toLowerCase());

  function toggle(name: string) {
    const others = chosen.filter((other) => other.toLowerCase() !== name.toLowerCase());
    onPick((others.length === chosen.length ? [...chosen, name] : others).join(', '));
  }

  return (
    <div>
      <InputField label={tagMessages.tags} autoComplete="off" autoCapitalize="none" {...input} />
      {data.length > 0 && (
        <fieldset aria-label={formMessages.existingTags} className="mt-3 flex min-w-0 flex-wrap gap-1.5">
          {data.slice(0, OFFERED).map(({ id, name, colour }) => (
            <button
              key={id}
              type="button"
              aria-pressed={lower.includes(name.toLowerCase())}
              onClick={() => toggle(name)}
              className="inline-flex min-h-8 max-w-full items-center gap-2 rounded-full border border-line px-3 text-sm hover:border-line-strong aria-pressed:border-ink aria-pressed:bg-sunken"
            >
              <TagDot colour={colour} />
              <span className="truncate">{name}</span>
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}

/** The tags of a monitor. */
export function TagField({ form }: { form: Form }) {
  const { bind } = useFields(form);
  const pick = (text: string) =>
    form.setValue('tags', text, { shouldDirty: true, shouldValidate: form.formState.isSubmitted });
  return <TagsInput text={form.watch('tags')} onPick={pick} hint={formMessages.tagsHint} {...bind('tags')} />;
}
