import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
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

/** What the server knows besides CommonMark. */
function strikethrough(this: { data: () => unknown }) {
  const data = this.data() as { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), gfmStrikethrough()];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), gfmStrikethroughFromMarkdown()];
}

const PLUGINS = [strikethrough];

/** The words alone, for a line in a list. */
export function PlainText({ children }: { children: string }) {
  return (
    <ReactMarkdown skipHtml allowedElements={[]} unwrapDisallowed remarkPlugins={PLUGINS}>
      {children}
    </ReactMarkdown>
  );
}

/** What visitors read: Markdown without HTML and images, as the server renders it. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className="prose-plain min-w-0 break-words text-sm">
      <ReactMarkdown
        skipHtml
        disallowedElements={['img']}
        urlTransform={linkOf}
        components={COMPONENTS}
        remarkPlugins={PLUGINS}
      >
        {children}
      </ReactMarkdown>
    </div>
  );
}
