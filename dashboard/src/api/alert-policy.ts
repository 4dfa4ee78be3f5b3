import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type {
  AlertRoute,
  AlertRouteInput,
  EscalationPolicy,
  EscalationPolicyInput,
  RoutedAlert,
} from './models';
import { bodyOf, ifMatch } from './transport';

const PER_PAGE = 200;

/** All of them, in their order: their places say nothing without the others. */
export const alertRoutesQuery = queryOptions({
  queryKey: keys.alertRoutes,
  async queryFn({ signal }) {
    const routes: AlertRoute[] = [];
    let cursor: string | undefined;
    do {
      const query = { cursor, limit: PER_PAGE };
      const page = await bodyOf(client.GET('/alert-routes', { params: { query }, signal }));
      routes.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return routes;
  },
});

export const createAlertRoute = (body: AlertRouteInput) => bodyOf(client.POST('/alert-routes', { body }));

export const readAlertRoute = (id: number) =>
  bodyOf(client.GET('/alert-routes/{id}', { params: { path: { id } } }));

export const updateAlertRoute = ({ id, version }: AlertRoute, body: AlertRouteInput) =>
  bodyOf(client.PATCH('/alert-routes/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));

export const deleteAlertRoute = (id: number) =>
  client.DELETE('/alert-routes/{id}', { params: { path: { id } } });

export const orderAlertRoutes = (ids: number[]) => client.PUT('/alert-routes/order', { body: { ids } });

/** Who would be notified of an incident that began now, and why. */
export const alertRouteOfQuery = (monitorId: number, alert: RoutedAlert = 'down') =>
  queryOptions({
    queryKey: keys.alertRouteOf(monitorId, alert),
    queryFn: ({ signal }) =>
      bodyOf(
        client.GET('/monitors/{id}/alert-route', {
          params: { path: { id: monitorId }, query: { alert } },
          signal,
        }),
      ),
  });

/** All there can be. */
export const escalationPoliciesQuery = queryOptions({
  queryKey: keys.escalationPolicies,
  async queryFn({ signal }) {
    const query = { limit: PER_PAGE };
    const page = await bodyOf(client.GET('/escalation-policies', { params: { query }, signal }));
    return page.items;
  },
});

export const escalationPolicyQuery = (id: number) =>
  queryOptions({
    queryKey: keys.escalationPolicy(id),
    queryFn: () => readEscalationPolicy(id),
  });

export const readEscalationPolicy = (id: number) =>
  bodyOf(client.GET('/escalation-policies/{id}', { params: { path: { id } } }));

export const createEscalationPolicy = (body: EscalationPolicyInput) =>
  bodyOf(client.POST('/escalation-policies', { body }));

export const updateEscalationPolicy = ({ id, version }: EscalationPolicy, body: EscalationPolicyInput) =>
  bodyOf(
    client.PATCH('/escalation-policies/{id}', { params: { path: { id }, header: ifMatch(version) }, body }),
  );

export const deleteEscalationPolicy = (id: number) =>
  client.DELETE('/escalation-policies/{id}', { params: { path: { id } } });
