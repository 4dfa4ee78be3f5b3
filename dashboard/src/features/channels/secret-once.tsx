import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '@/components/button';
import { FormDialog } from '@/components/dialog';

/** A secret that is not shown again. */
export function SecretOnce({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const text = useRef<HTMLElement>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      // A page that is not served over HTTPS has no clipboard: what is selected can be copied by hand.
      if (text.current) getSelection()?.selectAllChildren(text.current);
    }
  }

  const Icon = copied ? Check : Copy;
  return (
    <FormDialog title="Signing secret" persistent onClose={onClose}>
      <p className="mb-4 text-pretty text-ink-soft text-sm">
        Your receiver checks with it that a message is from here, as{' '}
        <a
          href="https://www.standardwebhooks.com"
          target="_blank"
          rel="noreferrer"
          className="underline underline-offset-4 hover:text-ink"
        >
          Standard Webhooks
        </a>{' '}
        says. Keep it now: it is not shown again.
      </p>
      <code
        ref={text}
        className="block select-all break-all rounded-lg bg-sunken px-3.5 py-3 font-mono text-sm"
      >
        {secret}
      </code>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={copy}>
          <Icon className="size-4" aria-hidden />
          {copied ? 'Copied' : 'Copy'}
        </Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </FormDialog>
  );
}
