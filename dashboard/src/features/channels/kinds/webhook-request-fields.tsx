import { Plus, X } from 'lucide-react';
import { useId, useRef } from 'react';
import { useFieldArray } from 'react-hook-form';
import { Button, IconButton } from '@/components/button';
import { Disclosure } from '@/components/disclosure';
import { AreaField, InputField, SelectField } from '@/components/field';
import { keysOf } from '@/lib/keys-of';
import { MAX_HEADERS } from '../form-fields';
import { channelHints, requestMessages as messages } from '../messages';
import type { FieldsProps } from './kind-form';
import { PLACEHOLDERS } from './placeholders';
import { DEFAULT_METHOD, DEFAULT_TYPE, hasValue, METHODS } from './webhook-request';

interface Props extends FieldsProps {
  /** Whether requests go to another server than the values of headers were entered for. */
  moved: boolean;
}

function Headers({ form, channel, moved }: Props) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: 'config.headers' });
  const errors = form.formState.errors.config?.headers;
  const error = errors?.message ?? errors?.root?.message;
  const kept = moved ? null : (channel?.config ?? null);
  const isAnyLost = moved && (channel?.config?.headers ?? []).length > 0;
  return (
    <div className="grid gap-3 sm:col-span-2">
      {fields.map((field, row) => {
        const path = `config.headers.${row}` as const;
        return (
          <div key={field.id} className="grid grid-cols-[1fr_1fr_auto] items-start gap-2">
            <InputField
              label={messages.header(row + 1)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="X-Api-Key"
              error={errors?.[row]?.name?.message}
              {...form.register(`${path}.name`)}
            />
            <InputField
              label={messages.headerValue(row + 1)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              {...(hasValue(form.watch(`${path}.name`), kept) && {
                placeholder: '••••••••',
                hint: channelHints.keep,
              })}
              error={errors?.[row]?.value?.message}
              {...form.register(`${path}.value`)}
            />
            <IconButton label={messages.removeHeader(row + 1)} className="mt-7" onClick={() => remove(row)}>
              <X className="size-4" aria-hidden />
            </IconButton>
          </div>
        );
      })}
      {isAnyLost && fields.length > 0 && <p className="text-ink-soft text-xs">{messages.headersMoved}</p>}
      {error && (
        <p role="alert" className="text-down text-sm first-letter:uppercase">
          {error}
        </p>
      )}
      {fields.length < MAX_HEADERS && (
        <Button className="w-fit" onClick={() => append({ name: '', value: '' })}>
          <Plus className="size-4" aria-hidden />
          {messages.addHeader}
        </Button>
      )}
    </div>
  );
}

function Body({ form }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement | null>(null);
  const { ref, ...field } = form.register('config.body');
  const type = form.watch('config.content_type') as keyof typeof messages.bodyHints;

  /** Puts a placeholder where the caret is. */
  function insert(name: string) {
    const element = area.current;
    if (!element) return;
    const { selectionStart: from, selectionEnd: to, value } = element;
    const text = `{{${name}}}`;
    form.setValue('config.body', value.slice(0, from) + text + value.slice(to), {
      shouldDirty: true,
      shouldValidate: form.formState.isSubmitted,
    });
    element.focus();
    element.setSelectionRange(from + text.length, from + text.length);
  }

  return (
    <div className="sm:col-span-2">
      <AreaField
        label={messages.body}
        rows={6}
        hint={messages.bodyHints[type]}
        error={form.formState.errors.config?.body?.message}
        {...field}
        ref={(element) => {
          ref(element);
          area.current = element;
        }}
      />
      <p id={id} className="mt-3 mb-1.5 text-ink-soft text-xs">
        {messages.placeholders}
      </p>
      <ul aria-labelledby={id} className="flex flex-wrap gap-1.5">
        {PLACEHOLDERS.map(({ name, about }) => (
          <li key={name}>
            <button
              type="button"
              title={about}
              className="rounded-md border border-line bg-surface px-1.5 py-1 font-mono text-xs hover:border-line-strong"
              onClick={() => insert(name)}
            >
              {name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is chosen of the requests of a webhook. */
export function RequestFields(props: Props) {
  const { form } = props;
  const errors = form.formState.errors.config;
  const { method, content_type: type, body, headers } = form.watch('config');
  const summary = [
    method !== DEFAULT_METHOD && method,
    headers.length > 0 && messages.headers(headers.length),
    body !== '' && messages.ownBody,
  ];
  return (
    <Disclosure
      title={messages.title}
      summary={summary.filter(Boolean).join(' · ')}
      hasError={Boolean(errors?.method || errors?.headers || errors?.content_type || errors?.body)}
    >
      <SelectField
        label={messages.method}
        error={errors?.method?.message}
        {...form.register('config.method')}
      >
        {METHODS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <SelectField
        label={messages.contentType}
        hint={type === DEFAULT_TYPE ? undefined : type}
        error={errors?.content_type?.message}
        {...form.register('config.content_type')}
      >
        {keysOf(messages.contentTypes).map((each) => (
          <option key={each} value={each}>
            {messages.contentTypes[each]}
          </option>
        ))}
      </SelectField>
      <Headers {...props} />
      <Body {...props} />
    </Disclosure>
  );
}
