import { BellRing, CircleCheck, Siren, UserX } from 'lucide-react';
import type { DrillState } from '@/api/models';
import type { StateStyle } from '@/components/state';

interface Style extends StateStyle {
  /** Around the headline of a report. */
  frame: string;
}

export const STATE_STYLES: Record<DrillState, Style> = {
  running: { icon: Siren, text: 'text-pending', frame: 'border-pending/40 bg-pending/8' },
  acknowledged: { icon: CircleCheck, text: 'text-up', frame: 'border-up/40 bg-up/8' },
  received: { icon: BellRing, text: 'text-degraded', frame: 'border-degraded/40 bg-degraded/8' },
  unreached: { icon: UserX, text: 'text-down', frame: 'border-down/40 bg-down/8' },
};
