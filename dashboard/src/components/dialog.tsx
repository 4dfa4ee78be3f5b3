import { useBlocker } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { AlertDialog, Dialog } from 'radix-ui';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { currentPrincipal } from '@/api/session';
import { focusDialog, focusPage } from '@/lib/focus';
import { common } from '@/messages/common';
import { Button, IconButton } from './button';
import { ErrorNotice } from './notice';

// Radix's own overlay injects a style element, which a strict content security policy refuses.
export const OVERLAY = <div className="fixed inset-0 z-50 touch-none bg-black/50" />;
const PANEL =
  'card appear fixed inset-x-4 top-[max(1rem,8vh)] z-50 mx-auto max-h-[84vh] max-w-lg overflow-y-auto overscroll-contain bg-raised p-6 shadow-2xl outline-none';

/** At the edge of the screen, as high as that. */
const SIDE =
  'appear fixed inset-y-0 right-0 z-50 w-full max-w-lg overflow-y-auto overscroll-contain border-line border-l bg-raised p-6 shadow-2xl outline-none';

const isFocusable = (element: Element | null): element is HTMLElement =>
  element instanceof HTMLElement && element.isConnected && element !== document.body;

/** Returns the focus, on closing, to what opened the dialog, or to what is behind it if that is gone. */
export function useFocusReturn() {
  const [opener] = useState(() => document.activeElement);
  const [behind] = useState(() => [...document.querySelectorAll('[role=dialog]')].at(-1) ?? null);
  return (event: Event) => {
    event.preventDefault();
    const target = [opener, behind].find(isFocusable);
    if (target) target.focus();
    // A dialog behind that is gone has returned the focus itself.
    else if (!behind) focusPage();
  };
}

/**
 * The last child of a dialog, or of a step of one: moves the focus into it before the page behind is hidden: what is
 * hidden must not have it.
 */
export function AutoFocus() {
  const marker = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const dialog = marker.current?.closest<HTMLElement>('[role=dialog], [role=alertdialog]');
    if (!dialog) return;
    focusDialog(dialog);
    dialog.scrollTop = 0;
  }, []);
  return <span ref={marker} hidden />;
}

/** What is asked before something is lost. */
interface Question {
  title: string;
  text: string;
  action: string;
  cancel: string;
}

const CHANGES: Question = {
  title: common.confirmDiscard,
  text: common.notSaved,
  action: common.discard,
  cancel: common.keepEditing,
};

interface FormDialogProps {
  title: string;
  /** Whether it is at the edge of the screen, beside what it is about. */
  side?: boolean;
  /** Whether it stays open on a click outside. */
  persistent?: boolean;
  /** Whether closing it would lose something: it asks then. */
  dirty?: boolean;
  /** What it asks; about changes by default. */
  question?: Question;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before a navigation, or closing the tab, loses what was filled in. What it returns is to be rendered. */
export function useLeaveGuard(
  dirty: boolean,
  isSaving: () => boolean = () => false,
  question = CHANGES,
): ReactNode {
  const leaving = useBlocker({
    // Whoever is logged out cannot save any more.
    shouldBlockFn: () => dirty && !isSaving() && currentPrincipal() !== null,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  if (leaving.status !== 'blocked') return null;
  return <DiscardDialog question={question} onDiscard={leaving.proceed} onClose={leaving.reset} />;
}

export function FormDialog({
  title,
  side = false,
  persistent = false,
  dirty = false,
  question = CHANGES,
  onClose,
  children,
}: FormDialogProps) {
  const [discarding, setDiscarding] = useState(false);
  const returnFocus = useFocusReturn();
  const leaving = useLeaveGuard(dirty, undefined, question);
  return (
    <Dialog.Root open onOpenChange={() => (dirty ? setDiscarding(true) : onClose())}>
      <Dialog.Portal>
        {OVERLAY}
        <Dialog.Content
          className={side ? SIDE : PANEL}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // Only in a dialog above another, which has taken the focus back.
            event.preventDefault();
            focusDialog(event.target as HTMLElement);
          }}
          onCloseAutoFocus={returnFocus}
          onInteractOutside={(event) => persistent && event.preventDefault()}
        >
          <div className="mb-5 flex items-center justify-between gap-4">
            <Dialog.Title className="wrap-anywhere min-w-0 font-semibold text-lg">{title}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label={common.close}>
                <X className="size-4.5" aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          {children}
          {leaving}
          {dirty && discarding && (
            <DiscardDialog question={question} onDiscard={onClose} onClose={() => setDiscarding(false)} />
          )}
          <AutoFocus />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Closes the dialog that it is in as its X does: it asks before something is lost. */
export function CancelButton() {
  return (
    <Dialog.Close asChild>
      <Button>{common.cancel}</Button>
    </Dialog.Close>
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
  cancel?: string;
  /** What loses nothing is no danger. */
  variant?: 'danger' | 'primary';
  busy?: boolean;
  /** Whether it cannot be closed now. */
  locked?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function ConfirmDialog({
  title,
  action,
  cancel = common.cancel,
  variant = 'danger',
  busy = false,
  locked = false,
  error = null,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  const returnFocus = useFocusReturn();
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && !locked && onClose()}>
      <AlertDialog.Portal>
        {OVERLAY}
        <AlertDialog.Content className={PANEL} onCloseAutoFocus={returnFocus}>
          <AlertDialog.Title className="wrap-anywhere font-semibold text-lg">{title}</AlertDialog.Title>
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
              <Button data-autofocus aria-disabled={locked || undefined}>
                {cancel}
              </Button>
            </AlertDialog.Cancel>
            <Button variant={variant} busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
          <AutoFocus />
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

interface DiscardProps {
  question: Question;
  onDiscard: () => void;
  onClose: () => void;
}

/** Asks before something is lost. */
function DiscardDialog({ question, onDiscard, onClose }: DiscardProps) {
  return (
    <ConfirmDialog
      title={question.title}
      action={question.action}
      cancel={question.cancel}
      onConfirm={onDiscard}
      onClose={onClose}
    >
      {question.text}
    </ConfirmDialog>
  );
}
