import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Permission } from '@/api/access';
import { keys } from '@/api/keys';
import type { Versioned } from '@/api/versions';
import { ITEM_LINKS, type ItemKind } from '@/components/versions/item-links';
import type { Trail } from '@/components/versions/trail';
import { labelOf, labelsOf } from './fields';
import { ITEM_ROWS } from './item-rows';
import { ITEM_TEXTS, itemMessages as messages } from './messages';

/** Who may change it, and where it is in the cache with all that shows it. */
const ITEMS: Record<ItemKind, { permission: Permission; all: readonly string[] }> = {
  'maintenance-windows': { permission: 'manageMonitors', all: keys.windows },
  'alert-routes': { permission: 'manageAlertPolicy', all: keys.alertPolicy },
  'escalation-policies': { permission: 'manageAlertPolicy', all: keys.alertPolicy },
  'on-call-schedules': { permission: 'manageAlertPolicy', all: keys.onCall },
};

export const isItemKind = (text: string): text is ItemKind => Object.hasOwn(ITEMS, text);

/** How versions of a window, a route, a policy or a schedule are shown. */
export function useItemTrail(kind: ItemKind, id: number, item: Versioned | undefined): Trail {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { permission, all } = ITEMS[kind];
  return {
    subject: { kind, id },
    name: item?.name ?? messages.nameless(id),
    createdAt: item?.created_at,
    permission,
    texts: { ...ITEM_TEXTS[kind], unreadable: messages.unreadable },
    labelsOf: (fields) => labelsOf(fields, kind),
    labelOf: (field) => labelOf(field, kind),
    Rows: ITEM_ROWS[kind],
    ...ITEM_LINKS[kind],
    onRestored: () => void client.invalidateQueries({ queryKey: all }),
    toHistory: () => navigate({ to: '/history/$kind/$itemId', params: { kind, itemId: id } }),
  };
}
