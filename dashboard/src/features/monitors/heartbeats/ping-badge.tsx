import { CircleCheck, CirclePlay, CircleSlash, OctagonX, ScrollText } from 'lucide-react';
import type { PingKind } from '@/api/models';
import { StatePill, type StateStyle } from '@/components/state';
import { PING_LABELS } from './messages';

const STYLES: Record<PingKind, StateStyle> = {
  success: { icon: CircleCheck, text: 'text-up' },
  fail: { icon: OctagonX, text: 'text-down' },
  start: { icon: CirclePlay, text: 'text-pending' },
  log: { icon: ScrollText, text: 'text-ink-soft' },
  ignored: { icon: CircleSlash, text: 'text-paused' },
};

export const PingBadge = ({ kind }: { kind: PingKind }) => (
  <StatePill {...STYLES[kind]} label={PING_LABELS[kind]} />
);
