import type { ClipboardEvent, FocusEvent } from 'react';
import { InputField } from '@/components/field';
import { slugOf } from './kinds/heartbeat-schema';
import { KIND_SCHEMAS } from './kinds/schemas';
import { formMessages, KIND_MESSAGES } from './messages';
import { type Form, TECHNICAL, useFields } from './use-fields';

/** Whether what is pasted is all that is in the field then. */
const replacesAll = ({ value, selectionStart, selectionEnd }: HTMLInputElement): boolean =>
  value.trim() === '' || (selectionStart === 0 && selectionEnd === value.length);

interface Props {
  form: Form;
  /** Whether it has the focus as soon as the page is open. */
  isFirst: boolean;
  onPasted: () => void;
}

/** What is checked. An address that is pasted or left is shown as it is meant. */
export function AddressField({ form, isFirst, onPasted }: Props) {
  const kind = form.watch('kind');
  const { bind } = useFields(form);
  const { onBlur, ...field } = bind('url');
  const messages = KIND_MESSAGES[kind];
  const { tidy, addressProblem } = KIND_SCHEMAS[kind];
  const isHeartbeat = kind === 'heartbeat';
  const madeSlug = isHeartbeat ? slugOf(form.watch('name')) : '';

  const set = (text: string) =>
    form.setValue('url', text, { shouldDirty: true, shouldValidate: form.formState.isSubmitted });

  function onPaste(event: ClipboardEvent<HTMLInputElement>) {
    const text = event.clipboardData.getData('text').trim();
    if (isHeartbeat || text === '' || !replacesAll(event.currentTarget)) return;
    event.preventDefault();
    set(tidy(text));
    onPasted();
  }

  async function leave(event: FocusEvent<HTMLInputElement>) {
    const text = event.target.value;
    // What is wrong stays as it was typed, beside what is wrong with it.
    if (text.trim() !== '' && tidy(text) !== text && addressProblem(tidy(text)) === null) set(tidy(text));
    await onBlur(event);
  }

  return (
    <InputField
      label={messages.addressLabel}
      type={kind === 'http' ? 'url' : 'text'}
      inputMode={isHeartbeat ? 'text' : 'url'}
      data-autofocus={isFirst || undefined}
      enterKeyHint="done"
      {...TECHNICAL}
      placeholder={madeSlug || messages.addressExample}
      hint={isHeartbeat ? messages.addressHint : formMessages.addressHint(messages.addressHint)}
      onPaste={onPaste}
      onBlur={leave}
      {...field}
    />
  );
}
