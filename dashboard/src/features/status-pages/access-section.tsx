import { useState } from 'react';
import { Controller, type FieldError, get } from 'react-hook-form';
import { accessKindValues } from '@/api/schema';
import { Button } from '@/components/button';
import { CheckField, InputField } from '@/components/field';
import { common } from '@/messages/common';
import { ChipsField } from './chips-field';
import { ACCESS_HINTS, ACCESS_LABELS, accessMessages as messages, pageMessages } from './messages';
import type { Form } from './use-page-form';

function PasswordField({ form }: { form: Form }) {
  const [isChanging, setChanging] = useState(false);
  const [hasPassword, password] = form.watch(['access.has_password', 'access.password']);
  if (hasPassword && !isChanging && password === '') {
    return (
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-sm">{messages.passwordSet}</p>
        <Button onClick={() => setChanging(true)}>{common.change}</Button>
      </div>
    );
  }
  return (
    <InputField
      label={messages.password}
      type="password"
      autoComplete="new-password"
      className="max-w-md"
      hint={messages.passwordHint}
      error={form.formState.errors.access?.password?.message}
      {...form.register('access.password')}
    />
  );
}

interface ListProps {
  form: Form;
  name: 'access.email_domains' | 'access.networks';
  label: string;
  hint: string;
  placeholder: string;
}

function ListField({ form, name, ...texts }: ListProps) {
  const { errors } = form.formState;
  const message = (path: string) => (get(errors, path) as FieldError | undefined)?.message;
  return (
    <Controller
      control={form.control}
      name={name}
      render={({ field }) => (
        <ChipsField
          {...texts}
          values={field.value}
          problems={field.value.map((_, at) => message(`${name}.${at}`))}
          error={message(name)}
          onChange={(values) => {
            field.onChange(values);
            // Those of the server belong to places that are others now.
            form.clearErrors(name);
          }}
        />
      )}
    />
  );
}

/** Who may see the page. */
export function AccessSection({ form }: { form: Form }) {
  const kind = form.watch('access.kind');
  const { errors } = form.formState;
  return (
    <div className="grid gap-4">
      <div className="card grid gap-5 p-5">
        <fieldset>
          <legend className="mb-2 font-medium text-sm">{pageMessages.whoMaySee}</legend>
          <div className="grid gap-1">
            {accessKindValues.map((each) => (
              <label
                key={each}
                className="flex cursor-pointer items-start gap-3 rounded-lg border border-transparent px-3 py-2.5 hover:bg-sunken/60 has-checked:border-line has-checked:bg-sunken"
              >
                <input
                  type="radio"
                  value={each}
                  className="mt-0.5 size-4 shrink-0 accent-ink"
                  {...form.register('access.kind', {
                    onChange: () => {
                      form.clearErrors('access');
                      // What only a public page can be.
                      if (form.getValues('access.kind') !== 'public') {
                        form.setValue('allow_index', false, { shouldDirty: true });
                      }
                    },
                  })}
                />
                <span className="min-w-0 text-sm">
                  <span className="block font-medium">{ACCESS_LABELS[each]}</span>
                  <span className="block text-pretty text-ink-soft text-xs">{ACCESS_HINTS[each]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        {kind === 'password' && <PasswordField form={form} />}
        {kind === 'email_domain' && (
          <ListField
            form={form}
            name="access.email_domains"
            label={messages.domains}
            hint={messages.domainsHint}
            placeholder="example.org"
          />
        )}
        {kind === 'addresses' && (
          <ListField
            form={form}
            name="access.networks"
            label={messages.networks}
            hint={messages.networksHint}
            placeholder="192.0.2.0/24"
          />
        )}
      </div>
      <div className="card p-5">
        <CheckField
          label={messages.index}
          hint={messages.indexHint}
          error={errors.allow_index?.message}
          // Read only rather than disabled, which would take the value out of the form.
          aria-disabled={kind !== 'public' || undefined}
          {...form.register('allow_index')}
          onClick={(event) => kind !== 'public' && event.preventDefault()}
        />
      </div>
    </div>
  );
}
