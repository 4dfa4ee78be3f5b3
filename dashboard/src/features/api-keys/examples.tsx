import { type ReactNode, useState } from 'react';
import { Choice } from '@/components/choice';
import { CopyBlock } from '@/components/copy';
import { apiKeyMessages, EXAMPLE_LABELS, EXAMPLES } from './messages';

interface Props {
  apiKey: string | null;
  /** Once one that has the key is in the clipboard. */
  onCopied?: () => void;
  children?: ReactNode;
}

/** Programs to be copied; with the key where it was just created. */
export function Examples({ apiKey, onCopied, children }: Props) {
  const [language, setLanguage] = useState<keyof typeof EXAMPLES>('curl');
  return (
    <div>
      <div className="mb-3">
        <Choice
          label={apiKeyMessages.examples}
          options={EXAMPLE_LABELS}
          value={language}
          onChange={setLanguage}
        />
      </div>
      <CopyBlock
        multiline
        text={EXAMPLES[language](window.location.origin, apiKey)}
        onCopied={language === 'curl' ? onCopied : undefined}
      >
        {children}
      </CopyBlock>
    </div>
  );
}
