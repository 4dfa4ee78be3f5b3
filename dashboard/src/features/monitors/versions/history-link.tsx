import { HistoryLink as Link } from '@/components/versions/history-link';
import { MonitorHistoryLink } from './links';

/** From a monitor to what it was before. */
export const HistoryLink = ({ monitorId }: { monitorId: number }) => (
  <Link id={monitorId} to={MonitorHistoryLink} />
);
