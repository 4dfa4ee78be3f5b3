import { Link } from '@tanstack/react-router';
import type { VersionedKind } from '@/api/keys';
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
