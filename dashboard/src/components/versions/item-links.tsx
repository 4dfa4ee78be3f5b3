import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import type { VersionedKind } from '@/api/keys';
import { iconButtonClass } from '@/components/button';
import { versionMessages as messages } from '@/messages/versions';
import { HistoryLink } from './history-link';
import type { Trail, TrailLinkProps } from './trail';

/** What has versions beside monitors, whose pages are their own. */
export type ItemKind = Exclude<VersionedKind, 'monitors'>;

type Links = Pick<Trail, 'HistoryLink' | 'VersionLink'>;

const linksOf = (kind: ItemKind): Links => ({
  HistoryLink: ({ id, className, children }: TrailLinkProps) => (
    <Link to="/history/$kind/$itemId" params={{ kind, itemId: id }} className={className}>
      {children}
    </Link>
  ),
  VersionLink: ({ id, version, className, children }: TrailLinkProps & { version: number }) => (
    <Link to="/history/$kind/$itemId/$version" params={{ kind, itemId: id, version }} className={className}>
      {children}
    </Link>
  ),
});

export const ITEM_LINKS: Record<ItemKind, Links> = {
  'maintenance-windows': linksOf('maintenance-windows'),
  'alert-routes': linksOf('alert-routes'),
  'escalation-policies': linksOf('escalation-policies'),
  'on-call-schedules': linksOf('on-call-schedules'),
};

/** From where something is edited to what it was before. */
export const ItemHistoryLink = ({ kind, id }: { kind: ItemKind; id: number }) => (
  <HistoryLink id={id} to={ITEM_LINKS[kind].HistoryLink} />
);

/** The same from where it is listed, for those who cannot open the form. */
export const ItemHistoryIcon = ({ kind, id, name }: { kind: ItemKind; id: number; name: string }) => (
  <Link
    to="/history/$kind/$itemId"
    params={{ kind, itemId: id }}
    aria-label={messages.historyOf(name)}
    title={messages.historyOf(name)}
    className={iconButtonClass()}
  >
    <History className="size-4" aria-hidden />
  </Link>
);
