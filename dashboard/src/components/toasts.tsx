import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { asApiError } from '@/api/problem';
import { requestErrors } from '@/messages/common';
import { IconButton } from './button';

interface Toast {
  id: number;
  failed: boolean;
  title: string;
  detail?: string;
}

const SHOWN_MS = 5_000;
let toasts: Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => set(toasts.filter((toast) => toast.id !== id));

export function toastSuccess(title: string): void {
  const id = ++lastId;
  set([...toasts, { id, failed: false, title }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Stays until dismissed, so that it cannot go unread. */
export function toastError(title: string, error: unknown): void {
  const { detail, reference } = asApiError(error);
  const text = reference ? requestErrors.withRequestId(detail, reference) : detail;
  set([...toasts.slice(-3), { id: ++lastId, failed: true, title, detail: text }]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div role="status" className="fixed inset-x-4 bottom-4 z-60 ml-auto grid max-w-sm grid-cols-1 gap-2">
      {shown.map(({ id, failed, title, detail }) => (
        <div
          key={id}
          className="appear card flex items-start gap-3 bg-raised py-2.5 pr-2 pl-4 text-sm shadow-lg"
        >
          {failed ? (
            <CircleAlert className="mt-1.5 size-4.5 shrink-0 text-down" aria-hidden />
          ) : (
            <CircleCheck className="mt-1.5 size-4.5 shrink-0 text-up" aria-hidden />
          )}
          <div className="min-w-0 flex-1 py-1.5">
            <p className="break-words font-medium">{title}</p>
            {detail && <p className="break-words text-ink-soft first-letter:uppercase">{detail}</p>}
          </div>
          <IconButton label="Dismiss" onClick={() => dismiss(id)}>
            <X className="size-4" aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
