import { Download } from 'lucide-react';
import { download } from '@/lib/download';
import { secondFactorMessages as messages } from '@/messages/second-factor';
import { Button } from './button';
import { CopyBlock } from './copy';

interface Props {
  codes: string[];
  /** Once they are copied or downloaded. */
  onKept?: () => void;
  onSaved: () => void;
}

/** Recovery codes, which are shown once. */
export function RecoveryCodes({ codes, onKept, onSaved }: Props) {
  const text = codes.join('\n');
  return (
    <div>
      <p className="mb-4 text-pretty text-sm">{messages.keepCodes}</p>
      <CopyBlock text={text} multiline onCopied={onKept}>
        <Button
          onClick={() => {
            download(messages.fileName, 'text/plain', `${text}\n`);
            onKept?.();
          }}
        >
          <Download className="size-4" aria-hidden />
          {messages.download}
        </Button>
        <Button variant="primary" onClick={onSaved}>
          {messages.saved}
        </Button>
      </CopyBlock>
    </div>
  );
}
