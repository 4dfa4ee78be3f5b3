import { Link } from '@tanstack/react-router';
import type { TrailLinkProps } from '@/components/versions/trail';

export const MonitorHistoryLink = ({ id, className, children }: TrailLinkProps) => (
  <Link to="/monitors/$monitorId/history" params={{ monitorId: id }} className={className}>
    {children}
  </Link>
);

export const MonitorVersionLink = ({
  id,
  version,
  className,
  children,
}: TrailLinkProps & { version: number }) => (
  <Link to="/monitors/$monitorId/history/$version" params={{ monitorId: id, version }} className={className}>
    {children}
  </Link>
);
