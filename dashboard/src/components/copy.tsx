import { Check, Copy } from 'lucide-react';
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { cx } from '@/lib/cx';
import { copyMessages } from '@/messages/account';
import { Button, IconButton } from './button';

/** Copies a text. Without HTTPS there is no clipboard: the element is selected then, to be copied manually. */
function useCopy(text: string, box: RefObject<HTMLElement | null>, onCopied?: () => void) {
  const [copied, setCopied] = useState<string | null>(null);
  return {
    isCopied: copied === text,
    async copy() {
      try {
        await navigator.clipboard.writeText(text);
        setCopied(text);
        onCopied?.();
      } catch {
        if (box.current) getSelection()?.selectAllChildren(box.current);
      }
    },
  };
}

/** A text in a line, with a button that copies it. */
export function CopyLine({ text, label, children }: { text: string; label: string; children?: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  const { isCopied, copy } = useCopy(text, box);
  const Icon = isCopied ? Check : Copy;
  return (
    <span className="flex min-w-0 items-center gap-1">
      <span ref={box} className="wrap-anywhere min-w-0">
        {children ?? <code className="break-all font-mono">{text}</code>}
      </span>
      <IconButton label={isCopied ? copyMessages.copied : label} className="size-8" onClick={copy}>
        <Icon className="size-3.5" aria-hidden />
      </IconButton>
    </span>
  );
}

interface Props {
  text: string;
  /** As it is, rather than in one line that is broken anywhere. */
  multiline?: boolean;
  /** Once it is in the clipboard. */
  onCopied?: (() => void) | undefined;
  /** Beside the button that copies. */
  children?: ReactNode;
}

/** A text in a box, to be copied. */
export function CopyBlock({ text, multiline = false, onCopied, children }: Props) {
  const box = useRef<HTMLElement>(null);
  const { isCopied, copy } = useCopy(text, box, onCopied);
  const Icon = isCopied ? Check : Copy;
  return (
    <>
      <code
        ref={box}
        className={cx(
          'block rounded-lg bg-sunken px-3.5 py-3 font-mono',
          multiline
            ? 'overflow-x-auto whitespace-pre text-xs [scrollbar-width:thin] leading-relaxed'
            : 'select-all break-all text-sm',
        )}
      >
        {text}
      </code>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button onClick={copy}>
          <Icon className="size-4" aria-hidden />
          {isCopied ? copyMessages.copied : copyMessages.copy}
        </Button>
        {children}
      </div>
    </>
  );
}
