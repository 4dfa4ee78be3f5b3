import { type ComponentType, useState } from 'react';
import { useController } from 'react-hook-form';
import { Disclosure } from '@/components/disclosure';
import { CheckField, InputField, SelectField } from '@/components/field';
import { webhookMessages } from '@/messages/webhooks';
import { channelHints, channelMessages } from '../messages';
import { type Description, dataOf, type Field, hasMoved, hasSecret } from './described';
import type { ChannelKindForm, FieldsProps } from './kind-form';

const OTHER = 'other';

interface FieldProps extends FieldsProps {
  field: Field;
  moved: boolean;
}

const optionsOf = (choices: Readonly<Record<string, string>>) =>
  Object.entries(choices).map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));

/** One of the known addresses, or another. */
function AddressField({ field: { name, label, hint, initial, addresses = {} }, form }: FieldProps) {
  const { field, fieldState } = useController({ control: form.control, name: `config.${name}` });
  const [wantsOther, setWantsOther] = useState(false);
  const isOther = wantsOther || !(field.value in addresses);
  const error = fieldState.error?.message;
  return (
    <>
      <SelectField
        label={label}
        hint={hint}
        value={isOther ? OTHER : field.value}
        onChange={({ target: { value } }) => {
          setWantsOther(value === OTHER);
          field.onChange(value === OTHER ? '' : value);
        }}
        {...(!isOther && { name: field.name, ref: field.ref, error })}
      >
        {optionsOf(addresses)}
        <option value={OTHER}>{channelMessages.other}</option>
      </SelectField>
      {isOther && (
        <InputField
          {...field}
          label={channelMessages.apiUrl}
          type="url"
          autoComplete="off"
          spellCheck={false}
          placeholder={initial}
          error={error}
        />
      )}
    </>
  );
}

/** A secret that there is may be kept. */
function secretProps({ field, channel, moved }: FieldProps): { placeholder?: string; hint?: string } {
  const current = channel?.config?.[field.name];
  if (!hasSecret(field, channel?.config ?? null)) return {};
  if (moved) return { hint: field.optional ? channelHints.movedOptional : channelHints.moved };
  // Of an address is shown where it leads.
  return field.type === 'url'
    ? { placeholder: String(current), hint: webhookMessages.keepUrl }
    : { placeholder: '••••••••', hint: channelHints.keep };
}

function TextField(props: FieldProps) {
  const { field, form, channel, moved } = props;
  const { name, label, hint, placeholder = field.initial, type, advanced } = field;
  const canRemove = field.optional && hasSecret(field, channel?.config ?? null) && !moved;
  const className = advanced ? 'sm:col-span-2' : '';
  const shared = {
    label,
    hint,
    className,
    error: form.formState.errors.config?.[name]?.message,
    ...form.register(`config.${name}`),
  };
  if (field.choices) return <SelectField {...shared}>{optionsOf(field.choices)}</SelectField>;
  return (
    <>
      <InputField
        {...shared}
        type={type ?? 'text'}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={placeholder}
        {...secretProps(props)}
      />
      {canRemove && form.watch(`config.${name}`) === '' && (
        <CheckField
          label={channelMessages.removeSecret(label)}
          className={className}
          {...form.register('config.remove_secret')}
        />
      )}
    </>
  );
}

/** Names the fields that are not as they are in a new channel. */
const summaryOf = (fields: readonly Field[], { form }: FieldsProps): string =>
  fields
    .filter(({ name, initial = '' }) => ![initial, ''].includes(form.watch(`config.${name}`)))
    .map(({ label }) => label)
    .join(' · ');

function Fields({ description, ...props }: FieldsProps & { description: Description }) {
  const { form, channel } = props;
  const { fields, flag } = description;
  const errors = form.formState.errors.config;
  const moved = hasMoved(description, form.watch('config'), channel?.config ?? null);
  const advanced = fields.filter((field) => field.advanced);
  const render = (field: Field) => {
    const Shown = field.addresses ? AddressField : TextField;
    return <Shown key={field.name} field={field} moved={moved && !field.stays} {...props} />;
  };
  return (
    <>
      {fields.filter((field) => !field.advanced).map(render)}
      {flag && (
        <CheckField
          label={flag.label}
          hint={flag.hint}
          error={errors?.[flag.name]?.message}
          {...form.register(`config.${flag.name}`)}
        />
      )}
      {advanced.length > 0 && (
        <Disclosure
          title={channelMessages.advanced}
          summary={summaryOf(advanced, props)}
          hasError={advanced.some(({ name }) => errors?.[name])}
        >
          {advanced.map(render)}
        </Disclosure>
      )}
    </>
  );
}

/** The form of a kind of channel, from its description. `Note` is what the fields do not say. */
export function kindForm(description: Description, Note?: ComponentType<FieldsProps>): ChannelKindForm {
  const { setup, destination } = description;
  return {
    ...(setup && { setup }),
    destination,
    ...dataOf(description),
    Fields: (props) => (
      <>
        <Fields description={description} {...props} />
        {Note && <Note {...props} />}
      </>
    ),
  };
}
