import { X } from 'lucide-react';
import { AlertDialog, Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { common } from '@/messages/common';
import { Button, IconButton } from './button';
import { ErrorNotice } from './notice';

// Radix's own overlay injects a style element, which a strict content security policy refuses.
const OVERLAY = <div className="fixed inset-0 z-40 touch-none bg-black/50" />;
const PANEL =
  'card appear fixed inset-x-4 top-[max(1rem,8vh)] z-50 mx-auto max-h-[84vh] max-w-lg overflow-y-auto overscroll-contain bg-raised p-6 shadow-2xl';

interface FormDialogProps {
  title: string;
  /** Whether it stays open on a click outside. */
  persistent?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog({ title, persistent = false, onClose, children }: FormDialogProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        {OVERLAY}
        <Dialog.Content
          className={PANEL}
          aria-describedby={undefined}
          onInteractOutside={(event) => persistent && event.preventDefault()}
        >
          <div className="mb-5 flex items-center justify-between gap-4">
            <Dialog.Title className="font-semibold text-lg">{title}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close">
                <X className="size-4.5" aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Footer of a form in a dialog, sticky while the fields scroll. */
export function FormActions({ children }: { children: ReactNode }) {
  return (
    <div className="sticky -bottom-6 z-10 -mx-6 -mb-6 flex justify-end gap-2 border-line border-t bg-raised px-6 py-4">
      {children}
    </div>
  );
}

interface ConfirmProps {
  title: string;
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function ConfirmDialog({ title, action, busy, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        {OVERLAY}
        <AlertDialog.Content className={PANEL}>
          <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 mb-5 text-pretty text-ink-soft text-sm">
            {children}
          </AlertDialog.Description>
          {error != null && (
            <div className="mb-5">
              <ErrorNotice error={error} />
            </div>
          )}
          <div className="flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{common.cancel}</Button>
            </AlertDialog.Cancel>
            <Button variant="danger" busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
