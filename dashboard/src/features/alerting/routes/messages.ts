import { formatQuantity } from '@/lib/format';

export const routeMessages = {
  addRoute: 'Add route',
  editRoute: 'Edit route',
  deleteRoute: 'Delete route',
  list: 'Routes in their order',
  about:
    'An incident is taken by the first route whose conditions all match. Monitors with recipients of their own are not routed.',
  none: 'No routes yet',
  noneHint:
    'All enabled channels are notified of every incident. Add a route to send some incidents elsewhere, for example those of one tag or those at night.',
  continues: 'Then continues',
  continuesHint: 'Incidents that it takes are also matched against the next routes.',
  unreached: 'Never used: a route above takes every incident.',
  everythingElse: 'Everything else',
  enabledChannels: (count: number) => formatQuantity(count, 'enabled channel'),
  noEnabledChannels: 'There is no enabled channel: nobody is notified.',
  to: 'Notifies',
  orderSaved: 'Order saved',
  orderFailed: 'Could not save the order',
  deleteHint: 'Incidents that it would have taken are matched against the other routes.',
  conditionsHint: 'All conditions must match. With none, the route takes every incident.',
  recipientChannels: 'Channels',
  recipientPolicy: 'An escalation policy',
  recipientNobody: 'Nobody',
  continue: 'Continue with the next routes',
  continueHint: 'The next routes that match notify their recipients as well.',
  concernsNone: 'No monitor meets these conditions, so there is nothing to try it on.',
  concernsMany: (shown: number, all: number) =>
    `Tried on the first ${shown} of ${all} monitors whose incidents it may take.`,
  example: 'Payments at night',
};
