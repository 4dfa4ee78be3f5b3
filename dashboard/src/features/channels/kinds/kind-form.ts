import type { ComponentType } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import type { Channel, ChannelConfig } from '@/api/models';
import { validation } from '@/messages/validation';
import type { ChannelForm, ConfigForm } from '../form-fields';

export interface FieldsProps {
  form: UseFormReturn<ChannelForm>;
  /** Null for a new channel. */
  channel: Channel | null;
}

/** How a kind of channel is shown and edited. */
export interface ChannelKindForm {
  Fields: ComponentType<FieldsProps>;
  /** Where the notifications go. */
  destination(config: ChannelConfig): string;
  /** The fields that show the configuration. Those of secrets are blank. */
  form(config: ChannelConfig): Partial<ConfigForm>;
  /** What is wrong with the fields. In an edit, a blank secret keeps the current one. */
  check(form: ConfigForm, isEdit: boolean): Partial<Record<keyof ConfigForm, string | null>>;
  /** The configuration that is sent, of a channel that had another one before, or none. */
  config(form: ConfigForm, before: ChannelConfig | null): ChannelConfig;
}

export const requiredProblem = (text: string, isOptional: boolean): string | null =>
  text === '' && !isOptional ? validation.required : null;
