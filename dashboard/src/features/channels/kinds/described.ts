import type { ChannelConfig } from '@/api/models';
import { urlProblem } from '@/components/schemas';
import { leadsElsewhere } from '@/lib/origin';
import { validation } from '@/messages/validation';
import type { ConfigForm, TextName } from '../form-fields';
import { channelErrors } from '../messages';
import type { ChannelKindForm, Setup } from './kind-form';

export interface Field {
  name: TextName;
  label: string;
  hint?: string;
  placeholder?: string;
  /** The keyboard that it is typed with. */
  type?: 'url' | 'tel';
  /** It is not shown again: an edit that leaves it blank keeps it. */
  secret?: true;
  /** It is not sent to the address of the secrets: an edit that leaves it blank keeps it wherever they go. */
  stays?: true;
  optional?: true;
  /** What it is in a new channel, and again when it is emptied. */
  initial?: string;
  /** Rarely needed. */
  advanced?: true;
  /** It is one of these, by their labels. */
  choices?: Readonly<Record<string, string>>;
  /** Known addresses with their labels; any other can be typed. */
  addresses?: Readonly<Record<string, string>>;
  /** The API has it as a number. */
  number?: true;
  /** What is wrong with it when it is filled in. */
  problem?: (value: string, form: ConfigForm) => string | null;
}

export interface Flag {
  name: 'emergency';
  label: string;
  hint: string;
}

/** A kind of channel whose form is a list of fields. */
export interface Description extends Pick<ChannelKindForm, 'destination'> {
  setup?: Setup;
  fields: readonly Field[];
  flag?: Flag;
  /** The field with the address that the secrets are sent to: they are kept for the server that they were entered for. */
  sentTo?: TextName;
}

export const matching =
  (pattern: RegExp, wrong: string): NonNullable<Field['problem']> =>
  (value) =>
    pattern.test(value) ? null : wrong;

/** Of the address that the paths of an API are added to. */
export function baseProblem(url: string): string | null {
  return urlProblem(url, false) ?? (/[?#]/.test(url) ? channelErrors.base : null);
}

/** The separators that people write are taken out by the server. */
export const isPhoneNumber = (text: string): boolean =>
  /^\+[1-9]\d{6,14}$/.test(text.replace(/[ \-.()/\u00a0]/g, ''));

export const phoneProblem = (text: string): string | null =>
  isPhoneNumber(text) ? null : channelErrors.phoneNumber;

/** Whether there is a secret that an edit can keep. */
export const hasSecret = ({ name, secret }: Field, before: ChannelConfig | null): boolean =>
  secret === true && before?.[name] != null;

/** Whether the secrets would be sent to another server than they were entered for. */
export function hasMoved(
  { sentTo, fields }: Description,
  form: ConfigForm,
  before: ChannelConfig | null,
): boolean {
  const field = fields.find(({ name }) => name === sentTo);
  return field !== undefined && leadsElsewhere(String(before?.[field.name] ?? ''), filledIn(field, form));
}

function blankProblem(field: Field, before: ChannelConfig | null, moved: boolean): string | null {
  const isKept = hasSecret(field, before) && !(moved && !field.stays);
  const mayBeBlank = field.optional || isKept || (field.initial !== undefined && !field.addresses);
  return mayBeBlank ? null : validation.required;
}

/** An emptied field is what it is in a new channel. */
const filledIn = ({ name, initial = '' }: Field, form: ConfigForm): string => form[name] || initial;

/** What is sent of a field; undefined to leave it out. */
function sentValue(
  field: Field,
  form: ConfigForm,
  before: ChannelConfig | null,
  moved: boolean,
): string | number | null | undefined {
  const value = filledIn(field, form);
  if (value !== '') return field.number ? Number(value) : value;
  const isRemoved = field.secret ? (moved && !field.stays) || form.remove_secret : true;
  return field.optional && before?.[field.name] != null && isRemoved ? null : undefined;
}

/** What a description says of the data of a form. */
export function dataOf(description: Description): Pick<ChannelKindForm, 'form' | 'check' | 'config'> {
  const { fields, flag } = description;
  return {
    form: (config) => ({
      ...Object.fromEntries(
        fields
          .filter(({ secret }) => !secret)
          .map(({ name, initial }) => [name, String(config[name] ?? initial ?? '')]),
      ),
      ...(flag && { [flag.name]: config[flag.name] ?? false }),
    }),
    check(form, before) {
      const moved = hasMoved(description, form, before);
      const problemOf = (field: Field) => {
        const value = form[field.name];
        return value === '' ? blankProblem(field, before, moved) : (field.problem?.(value, form) ?? null);
      };
      return Object.fromEntries(fields.map((field) => [field.name, problemOf(field)]));
    },
    config(form, before) {
      const moved = hasMoved(description, form, before);
      return {
        ...Object.fromEntries(
          fields
            .map((field) => [field.name, sentValue(field, form, before, moved)])
            .filter(([, value]) => value !== undefined),
        ),
        ...(flag && { [flag.name]: form[flag.name] }),
      };
    },
  };
}
