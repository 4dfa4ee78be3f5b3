import { BellRing, CalendarClock, type LucideIcon, User, Users } from 'lucide-react';
import type { TargetKind } from '@/api/models';

const ICONS: Record<TargetKind, LucideIcon> = {
  channel: BellRing,
  person: User,
  schedule: CalendarClock,
  team: Users,
};

/** Beside a name that does not say what it is the name of. */
export function TargetIcon({ kind, className = 'size-4' }: { kind: TargetKind; className?: string }) {
  const Icon = ICONS[kind];
  return <Icon className={`shrink-0 ${className}`} aria-hidden />;
}
