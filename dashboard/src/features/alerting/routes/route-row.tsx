import { ArrowRight, BellOff, CornerDownRight, Pencil, Trash2, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AlertRoute } from '@/api/models';
import { IconButton } from '@/components/button';
import { ConditionChips } from '@/components/condition-chips';
import { ItemHistoryIcon } from '@/components/versions/item-links';
import { cx } from '@/lib/cx';
import {
  alertingMessages,
  conditionMessages,
  describeConditions,
  describeRecipients,
  type RecipientNames,
} from '@/messages/alerting';
import { common } from '@/messages/common';
import { routeMessages as messages } from './messages';

export interface RouteNames extends RecipientNames {
  tag: (id: number) => string;
}

/** "→ Policy Night shift". */
export function Recipients({ isNobody = false, children }: { isNobody?: boolean; children: ReactNode }) {
  const Icon = isNobody ? BellOff : ArrowRight;
  return (
    <p className={cx('flex min-w-0 items-start gap-1.5 text-sm', isNobody && 'text-degraded')}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="sr-only">{messages.to}</span>
      <span className="min-w-0 break-words font-medium">{children}</span>
    </p>
  );
}

export function Note({ children }: { children: ReactNode }) {
  return (
    <p className="flex gap-1.5 text-degraded text-xs">
      <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
      {children}
    </p>
  );
}

interface Props {
  route: AlertRoute;
  /** From 1. */
  position: number;
  names: RouteNames;
  /** Whether one above takes everything. */
  isUnreached: boolean;
  /** What moves it; nothing for those who may not. */
  handle: ReactNode;
  onEdit: () => void;
  onDelete: () => void;
}

export function RouteRow({ route, position, names, isUnreached, handle, onEdit, onDelete }: Props) {
  const { name, conditions, recipients, continue: goesOn, error } = route;
  const texts = conditions ? describeConditions(conditions, names.tag) : [];
  return (
    <div className={cx('flex items-start gap-1.5 py-3', handle ? 'pr-3 pl-1.5' : 'px-3')}>
      {handle}
      <span className="w-4 shrink-0 pt-1.5 text-right text-ink-soft text-xs leading-5" aria-hidden>
        {position}
      </span>
      <div className="grid min-w-0 flex-1 gap-1.5 pt-1.5 pl-1">
        <p className="break-words font-semibold text-sm">{name}</p>
        <div className="grid min-w-0 gap-x-6 gap-y-1.5 md:grid-cols-[minmax(0,1fr)_18rem]">
          {error ? (
            <p className="text-down text-xs first-letter:uppercase">{error}</p>
          ) : (
            <ConditionChips texts={texts.length > 0 ? texts : [conditionMessages.everyIncident]} />
          )}
          <div className="grid content-start gap-1">
            <Recipients isNobody={recipients?.to === 'nobody'}>
              {recipients ? describeRecipients(recipients, names) : alertingMessages.unreadable}
            </Recipients>
            {goesOn && (
              <p className="flex items-center gap-1.5 text-ink-soft text-xs" title={messages.continuesHint}>
                <CornerDownRight className="size-3.5 shrink-0" aria-hidden />
                {messages.continues}
              </p>
            )}
          </div>
        </div>
        {isUnreached && <Note>{messages.unreached}</Note>}
      </div>
      {!handle && <ItemHistoryIcon kind="alert-routes" id={route.id} name={name} />}
      {handle && (
        <div className="flex shrink-0 max-sm:flex-col">
          <IconButton label={common.edit(name)} onClick={onEdit}>
            <Pencil className="size-4" aria-hidden />
          </IconButton>
          <IconButton label={common.remove(name)} onClick={onDelete}>
            <Trash2 className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </div>
  );
}
