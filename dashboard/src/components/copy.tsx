import { Check, Copy } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { cx } from '@/lib/cx';
import { copyMessages } from '@/messages/account';
import { Button } from './button';

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
  const [copied, setCopied] = useState<string | null>(null);
  const box = useRef<HTMLElement>(null);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
      onCopied?.();
    } catch {
      // Without HTTPS there is no clipboard: select the text, to be copied manually.
      if (box.current) getSelection()?.selectAllChildren(box.current);
    }
  }
  const isCopied = copied === text;
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
