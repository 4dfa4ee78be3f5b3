import { useState } from 'react';
import { versionMessages as messages } from '@/messages/versions';

const MAX_CHARACTERS = 240;
const MAX_LINES = 5;

/** The beginning of a text that is long; null if it is not. */
export function beginningOf(text: string): string | null {
  const beginning = text.split('\n').slice(0, MAX_LINES).join('\n').slice(0, MAX_CHARACTERS);
  return beginning.length < text.length ? `${beginning.trimEnd()}…` : null;
}

/** A value; of a long one the beginning, until more is asked for. */
export function LongText({ text, label }: { text: string; label: string }) {
  const [isOpen, setOpen] = useState(false);
  const beginning = beginningOf(text);
  return (
    <>
      <span className="wrap-anywhere whitespace-pre-wrap">{isOpen ? text : (beginning ?? text)}</span>
      {beginning !== null && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="mt-1 block min-h-6 font-medium text-ink text-xs underline underline-offset-4"
        >
          {isOpen ? messages.shorten : messages.showWhole} <span className="sr-only">({label})</span>
        </button>
      )}
    </>
  );
}
