import { partsOf } from '@/lib/links';

/** What somebody has written, with links to the addresses in it. */
export function LinkedText({ text }: { text: string }) {
  let at = 0;
  return partsOf(text).map(({ text: part, isLink }) => {
    const key = at;
    at += part.length;
    if (!isLink) return <span key={key}>{part}</span>;
    return (
      <a
        key={key}
        href={part}
        target="_blank"
        rel="noreferrer nofollow"
        className="underline decoration-line-strong/50 underline-offset-4 hover:decoration-current"
      >
        {part}
      </a>
    );
  });
}
