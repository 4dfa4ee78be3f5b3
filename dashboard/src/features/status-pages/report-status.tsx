import { CircleCheck, Eye, type LucideIcon, Search, Target } from 'lucide-react';
import type { Impact, ReportStatus } from '@/api/models';
import { StatePill } from '@/components/state';
import { IMPACT_LABELS, REPORT_STATUS_LABELS } from './messages';

const STATUS_STYLES: Record<ReportStatus, { icon: LucideIcon; text: string }> = {
  investigating: { icon: Search, text: 'text-down' },
  identified: { icon: Target, text: 'text-degraded' },
  monitoring: { icon: Eye, text: 'text-pending' },
  resolved: { icon: CircleCheck, text: 'text-up' },
};

export function ReportStatusBadge({ status }: { status: ReportStatus }) {
  return <StatePill {...STATUS_STYLES[status]} label={REPORT_STATUS_LABELS[status]} />;
}

const IMPACT_DOTS: Record<Impact, string> = {
  operational: 'bg-up-fill',
  degraded_performance: 'bg-degraded-fill',
  partial_outage: 'bg-degraded-fill',
  major_outage: 'bg-down-fill',
};

/** "Checkout: Partial outage". */
export function ImpactText({ name, impact }: { name: string; impact: Impact }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${IMPACT_DOTS[impact]}`} />
      <span className="min-w-0 break-words">
        {name}
        <span className="text-ink-soft">: {IMPACT_LABELS[impact]}</span>
      </span>
    </span>
  );
}
