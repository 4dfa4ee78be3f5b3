import { Button } from '@/components/button';
import { CopyBlock } from '@/components/copy';
import { copyMessages } from '@/messages/account';

interface Props {
  secret: string;
  onCopied: () => void;
  onClose: () => void;
}

/** Shows a secret that cannot be retrieved again. */
export function Secret({ secret, onCopied, onClose }: Props) {
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
        . {copyMessages.once}
      </p>
      <CopyBlock text={secret} onCopied={onCopied}>
        <Button variant="primary" onClick={onClose}>
          {copyMessages.done}
        </Button>
      </CopyBlock>
    </>
  );
}
