import { type ComponentProps, useState } from 'react';
import { Choice } from '@/components/choice';
import { AreaField } from '@/components/field';
import { Markdown } from './markdown';
import { markdownMessages as messages } from './messages';

const MODES = { write: messages.write, preview: messages.preview };

interface Props extends Omit<ComponentProps<typeof AreaField>, 'prose' | 'value'> {
  /** What is in the field. */
  text: string;
}

/** A text in Markdown, to be written or looked at. */
export function MarkdownField({ text, label, error, ...rest }: Props) {
  const [mode, setMode] = useState<keyof typeof MODES>('write');
  // What is wrong is shown where it can be corrected.
  const isWriting = mode === 'write' || error !== undefined;
  return (
    <div className="relative">
      <div className="absolute -top-2.5 right-0">
        <Choice
          label={messages.mode(label)}
          options={MODES}
          value={isWriting ? 'write' : 'preview'}
          onChange={setMode}
        />
      </div>
      {/* It stays, as the form knows its field. */}
      <div className={isWriting ? '' : 'hidden'}>
        <AreaField label={label} prose error={error} hint={messages.hint} {...rest} />
      </div>
      {!isWriting && (
        <>
          <p className="mb-1.5 font-medium text-sm">{label}</p>
          <div className="min-h-24 rounded-lg border border-line bg-surface px-3 py-2">
            {text.trim() ? (
              <Markdown>{text}</Markdown>
            ) : (
              <p className="text-ink-soft text-sm">{messages.empty}</p>
            )}
          </div>
        </>
      )}
    </div>
  );
}
