import type { ChannelConfig } from '@/api/models';
import { validation } from '@/messages/validation';
import type { ConfigForm } from '../form-fields';
import { requestMessages } from '../messages';
import type { Problems } from './kind-form';

export const METHODS = ['POST', 'PUT', 'PATCH'] as const;

export const DEFAULT_METHOD = 'POST';
export const DEFAULT_TYPE = 'application/json';

/** What stands for a value that is kept. */
const KEPT = '***';

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,256}$/;

const headersOf = (config: ChannelConfig | null) => config?.headers ?? [];

/** Whether there is a value that an edit can keep. */
export const hasValue = (name: string, before: ChannelConfig | null): boolean =>
  headersOf(before).some((header) => header.name.toLowerCase() === name.toLowerCase());

export const requestForm = (config: ChannelConfig): Partial<ConfigForm> => ({
  method: config.method ?? DEFAULT_METHOD,
  content_type: config.content_type ?? DEFAULT_TYPE,
  body: config.body ?? '',
  headers: headersOf(config).map(({ name }) => ({ name, value: '' })),
});

/** `before` is null where no value can be kept. */
export function requestProblems({ headers }: ConfigForm, before: ChannelConfig | null): Problems {
  const problems: Problems = {};
  headers.forEach(({ name, value }, row) => {
    if (name === '') problems[`headers.${row}.name`] = validation.required;
    else if (!HEADER_NAME.test(name)) problems[`headers.${row}.name`] = requestMessages.headerName;
    if (value === '' && !hasValue(name, before)) problems[`headers.${row}.value`] = validation.required;
  });
  return problems;
}

/** What is sent of the request: what was changed. */
export function changedRequest(form: ConfigForm, before: ChannelConfig | null): ChannelConfig {
  const { method, content_type: type, body, headers } = form;
  const known = headersOf(before);
  const hasChanged =
    headers.length !== known.length ||
    headers.some(({ name, value }, row) => value !== '' || name !== known[row]?.name);
  const sent = headers.map(({ name, value }) => ({ name, value: value || KEPT }));
  return {
    ...(method !== (before?.method ?? DEFAULT_METHOD) && { method }),
    ...(type !== (before?.content_type ?? DEFAULT_TYPE) && { content_type: type }),
    ...(body !== (before?.body ?? '').trim() && { body: body || null }),
    ...(hasChanged && { headers: sent.length > 0 ? sent : null }),
  };
}
