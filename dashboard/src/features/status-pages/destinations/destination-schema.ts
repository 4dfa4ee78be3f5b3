import type { Destination, DestinationConfig, DestinationInput, DestinationKind } from '@/api/models';
import { destinationKindValues } from '@/api/schema';
import { nameField, urlProblem } from '@/components/schemas';
import { leadsElsewhere } from '@/lib/origin';
import { z } from '@/lib/zod';
import { addMessages } from '../subscribers/messages';

/** The field of the configuration that has the address. */
export const URL_FIELDS = { webhook: 'url', slack: 'webhook_url', teams: 'workflow_url' } as const;

/** The addresses of Slack and Teams are secrets: they are not shown again. */
export const isSecret = (kind: DestinationKind): boolean => kind !== 'webhook';

const fields = z.object({
  kind: z.enum(destinationKindValues),
  name: nameField,
  config: z.object({
    url: z.string().trim(),
    webhook_url: z.string().trim(),
    workflow_url: z.string().trim(),
  }),
  new_secret: z.boolean(),
  end_previous: z.boolean(),
  /** Null for all of them. */
  components: z
    .array(z.number())
    .nullable()
    .refine((chosen) => chosen === null || chosen.length > 0, addMessages.noComponents),
});

export type DestinationForm = z.infer<typeof fields>;

/** Ignores the addresses of other kinds; of a saved one a secret address may stay blank. */
export const destinationSchema = (isSaved: boolean) =>
  fields.superRefine(({ kind, config }, context) => {
    const field = URL_FIELDS[kind];
    const message = urlProblem(config[field], isSaved && isSecret(kind));
    if (message) context.addIssue({ code: 'custom', path: ['config', field], message });
  });

export const formOf = (destination: Destination | null): DestinationForm => ({
  kind: destination?.kind ?? 'webhook',
  name: destination?.name ?? '',
  config: { url: destination?.config?.url ?? '', webhook_url: '', workflow_url: '' },
  new_secret: false,
  end_previous: false,
  components: destination?.components ?? null,
});

/** The signing secret is kept for the server that it was made for. */
export const moves = (destination: Destination | null, url: string): boolean =>
  destination?.kind === 'webhook' && leadsElsewhere(destination.config?.url ?? '', url);

function configOf(form: DestinationForm, before: Destination | null): DestinationConfig {
  const field = URL_FIELDS[form.kind];
  const url = form.config[field];
  if (isSecret(form.kind)) return url === '' ? {} : { [field]: url };
  return {
    url,
    // With null the server generates one.
    ...((form.new_secret || moves(before, url)) && { secret: null }),
    ...(form.end_previous && { previous_secret: null }),
  };
}

export function destinationInput(form: DestinationForm, before: Destination | null): DestinationInput {
  const config = configOf(form, before);
  return {
    ...(before === null && { kind: form.kind }),
    name: form.name,
    components: form.components,
    ...(Object.keys(config).length > 0 && { config }),
  };
}

/** The secret that the server has just generated; it is returned only once. */
export function generatedSecret({ config }: Destination): string | null {
  const secret = config?.secret;
  return secret?.startsWith('whsec_') ? secret : null;
}
