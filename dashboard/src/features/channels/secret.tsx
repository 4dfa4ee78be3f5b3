import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '@/components/button';

/** Shows a secret that cannot be retrieved again. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const text = useRef<HTMLElement>(null);

  async function copy() {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      // Without HTTPS there is no clipboard: select the text, to be copied manually.
      if (text.current) getSelection()?.selectAllChildren(text.current);
    }
  }

  const Icon = copied ? Check : Copy;
  return (
    <>
      <p className="mb-4 text-pretty text-ink-soft text-sm">
        Use it to verify the signature of each notification, as described by{' '}
        <a
          href="https://www.standardwebhooks.com"
          target="_blank"
          rel="noreferrer"
          className="underline underline-offset-4 hover:text-ink"
        >
          Standard Webhooks
        </a>
        . Copy it now: it is not shown again.
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
    </>
  );
}
