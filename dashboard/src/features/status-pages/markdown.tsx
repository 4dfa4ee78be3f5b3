import ReactMarkdown, { type Components } from 'react-markdown';

/** Links as the page has them: to other sites and mailboxes, and nothing else. */
const linkOf = (url: string): string => (/^(https?:\/\/|mailto:)/i.test(url) ? url : '');

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a
        href={href}
        target="_blank"
        rel="nofollow noopener noreferrer"
        className="underline underline-offset-4"
      >
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
};

/** The words alone, for a line in a list. */
export function PlainText({ children }: { children: string }) {
  return (
    <ReactMarkdown skipHtml allowedElements={[]} unwrapDisallowed>
      {children}
    </ReactMarkdown>
  );
}

/** What visitors read: Markdown without HTML and images, as the server renders it. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className="prose-plain min-w-0 break-words text-sm">
      <ReactMarkdown skipHtml disallowedElements={['img']} urlTransform={linkOf} components={COMPONENTS}>
        {children}
      </ReactMarkdown>
    </div>
  );
}
