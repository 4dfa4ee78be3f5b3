import type { AlertRoute, AlertRouteInput } from '@/api/models';
import {
  areEmpty,
  CONDITION_FIELDS,
  conditionsField,
  conditionsForm,
  conditionsInput,
} from '@/components/conditions-form';
import { recipientsField, recipientsForm, recipientsInput } from '@/components/recipients-form';
import { nameField } from '@/components/schemas';
import { z } from '@/lib/zod';

export const routeSchema = z.object({
  name: nameField,
  conditions: conditionsField,
  recipients: recipientsField,
  continue: z.boolean(),
});

export type RouteForm = z.infer<typeof routeSchema>;

export const ROUTE_FIELDS = [
  'name',
  ...CONDITION_FIELDS,
  'recipients.channels',
  'recipients.policy_id',
  'continue',
] as const;

export const routeForm = (route: AlertRoute | null): RouteForm => ({
  name: route?.name ?? '',
  conditions: conditionsForm(route?.conditions),
  recipients: recipientsForm(route?.recipients ?? null, 'channels'),
  continue: route?.continue ?? false,
});

export const routeInput = ({
  name,
  conditions,
  recipients,
  continue: goesOn,
}: RouteForm): AlertRouteInput => ({
  name,
  conditions: conditionsInput(conditions),
  recipients: recipientsInput(recipients),
  continue: goesOn,
});

/** A route that takes everything and ends there: those below it are never asked. */
export const takesEverything = ({ conditions, continue: goesOn }: AlertRoute): boolean =>
  conditions !== null && !goesOn && areEmpty(conditions);
