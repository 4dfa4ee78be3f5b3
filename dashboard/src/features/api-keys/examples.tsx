import { type ReactNode, useState } from 'react';
import { CopyBlock } from '@/components/copy';
import { cx } from '@/lib/cx';
import { keysOf } from '@/lib/keys-of';
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
      <fieldset aria-label={apiKeyMessages.examples} className="mb-3 flex flex-wrap gap-1">
        {keysOf(EXAMPLE_LABELS).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === language}
            onClick={() => setLanguage(each)}
            className={cx(
              'min-h-8 rounded-lg px-3 text-sm',
              each === language ? 'bg-sunken font-medium' : 'text-ink-soft hover:text-ink',
            )}
          >
            {EXAMPLE_LABELS[each]}
          </button>
        ))}
      </fieldset>
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
