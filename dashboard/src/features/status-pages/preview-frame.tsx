import { type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { cx } from '@/lib/cx';
import { useWidth } from '@/lib/use-width';

interface Shown {
  id: number;
  html: string;
}

/** Links would lead the frame away from what it previews. */
function stay(event: Event): void {
  // Not an instance of this window's `Element`.
  const link = (event.target as Element | null)?.closest('a');
  if (link && !link.getAttribute('href')?.startsWith('#')) event.preventDefault();
}

interface Props {
  title: string;
  html: string;
  /** How wide the page is in CSS pixels; it is shown smaller where there is less room. */
  width: number;
}

/**
 * A document without scripts, which stays where it was scrolled to when it is replaced: the next one is loaded behind
 * the current one. It has our origin so that its place can be read; nothing in it runs.
 */
export function PreviewFrame({ title, html, width }: Props) {
  const [area, available] = useWidth<HTMLDivElement>(width);
  const [shown, setShown] = useState<Shown | null>(null);
  const [next, setNext] = useState<Shown>({ id: 0, html });
  const current = useRef<HTMLIFrameElement>(null);
  useEffect(() => setNext((last) => (last.html === html ? last : { id: last.id + 1, html })), [html]);
  const scale = Math.min(1, available / width);

  function onLoad({ currentTarget: frame }: SyntheticEvent<HTMLIFrameElement>) {
    frame.contentDocument?.addEventListener('click', stay);
    if (current.current !== frame) {
      frame.contentWindow?.scrollTo(0, current.current?.contentWindow?.scrollY ?? 0);
    }
    current.current = frame;
    setShown(next);
  }

  return (
    <div ref={area} className="relative h-full overflow-hidden">
      {[shown, next]
        .filter((each, at, all) => each !== null && all.findIndex((one) => one?.id === each.id) === at)
        .map(
          (each) =>
            each && (
              <iframe
                key={each.id}
                title={title}
                srcDoc={each.html}
                sandbox="allow-same-origin"
                aria-hidden={each.id !== next.id || undefined}
                onLoad={onLoad}
                style={{
                  width: `${width}px`,
                  height: `${100 / scale}%`,
                  transform: `scale(${scale})`,
                  marginLeft: `${Math.max(0, (available - width * scale) / 2)}px`,
                }}
                className={cx(
                  'absolute top-0 left-0 origin-top-left bg-white',
                  shown !== null && each.id !== shown.id && 'invisible',
                )}
              />
            ),
        )}
    </div>
  );
}
