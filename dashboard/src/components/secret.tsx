import { copyMessages } from '@/messages/account';
import { Button } from './button';
import { CopyBlock } from './copy';

interface Props {
  secret: string;
  onCopied: () => void;
  onClose: () => void;
}

/** Shows the signing secret of a webhook, which cannot be retrieved again. */
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
