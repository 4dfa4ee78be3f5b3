import { ImageOff } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { Button } from '@/components/button';
import { Messages } from '@/components/field';
import { appearanceMessages as messages } from './messages';
import { LOGO_KEPT, LOGO_NONE } from './page-schema';

const TYPES = ['image/png', 'image/jpeg', 'image/webp'];
const MAX_BYTES = 512 * 1024;

/** As a `data:` address. */
function read(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

interface Props {
  value: string;
  /** Whether the page has one already. */
  hasLogo: boolean;
  error: string | undefined;
  onChange: (value: string) => void;
}

/** The logo: what does not fit is refused before it is sent. */
export function LogoField({ value, hasLogo, error, onChange }: Props) {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string>();
  const isNew = value !== LOGO_KEPT && value !== LOGO_NONE;
  const isSet = isNew || (hasLogo && value === LOGO_KEPT);
  const problem = refused ?? error;

  async function choose(chosen: File | undefined) {
    if (!chosen) return;
    if (!TYPES.includes(chosen.type)) return setRefused(messages.logoType);
    if (chosen.size > MAX_BYTES) return setRefused(messages.logoSize(Math.ceil(chosen.size / 1024)));
    try {
      onChange(await read(chosen));
      setRefused(undefined);
    } catch {
      setRefused(messages.logoUnreadable);
    }
  }

  return (
    <fieldset aria-describedby={problem ? `${id}-error` : `${id}-hint`}>
      <legend className="mb-1.5 font-medium text-sm">{messages.logo}</legend>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        {isNew ? (
          <img
            src={value}
            alt={messages.newLogo}
            className="h-14 max-w-48 rounded-lg border border-line bg-surface object-contain p-1.5"
          />
        ) : (
          <p className="flex min-h-10 items-center gap-2 text-ink-soft text-sm">
            {!isSet && <ImageOff className="size-4" aria-hidden />}
            {isSet ? messages.logoSet : messages.noLogo}
          </p>
        )}
        <div className="flex gap-2">
          <input
            ref={file}
            type="file"
            accept={TYPES.join(',')}
            aria-label={messages.logo}
            className="sr-only"
            tabIndex={-1}
            onChange={({ target }) => {
              void choose(target.files?.[0]);
              // So that the same file can be chosen again.
              target.value = '';
            }}
          />
          <Button onClick={() => file.current?.click()}>
            {isSet ? messages.replaceLogo : messages.chooseLogo}
          </Button>
          {isSet && (
            <Button
              variant="ghost"
              onClick={() => {
                setRefused(undefined);
                onChange(hasLogo ? LOGO_NONE : LOGO_KEPT);
              }}
            >
              {messages.removeLogo}
            </Button>
          )}
        </div>
      </div>
      <Messages id={id} label={messages.logo} error={problem} hint={messages.logoHint} />
    </fieldset>
  );
}
