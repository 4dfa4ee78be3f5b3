import type { ComponentType } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import type { Channel, ChannelConfig } from '@/api/models';
import type { ChannelForm, ConfigForm } from '../form-fields';

export interface FieldsProps {
  form: UseFormReturn<ChannelForm>;
  /** Null for a new channel. */
  channel: Channel | null;
}

/** How to get what the fields ask for. */
export interface Setup {
  text: string;
  links?: readonly { text: string; href: string }[];
}

/** What is wrong with the fields, those of headers by their row. */
export type Problems = Partial<
  Record<keyof ConfigForm | `headers.${number}.${'name' | 'value'}`, string | null>
>;

/** How a kind of channel is shown and edited. */
export interface ChannelKindForm {
  setup?: Setup;
  Fields: ComponentType<FieldsProps>;
  /** Where the notifications go; blank where nothing but secrets says so. */
  destination(config: ChannelConfig): string;
  /** The fields that show the configuration, or those of a new channel. Those of secrets are blank. */
  form(config: ChannelConfig): Partial<ConfigForm>;
  /** What is wrong with the fields. In an edit of the configuration `before`, a blank secret keeps the current one. */
  check(form: ConfigForm, before: ChannelConfig | null): Problems;
  /** The configuration that is sent, of a channel that had another one before, or none. */
  config(form: ConfigForm, before: ChannelConfig | null): ChannelConfig;
}
