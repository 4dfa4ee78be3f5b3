import { ExternalLink } from 'lucide-react';

/** Leads to documentation, in a tab of its own. */
export function DocsLink({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1 underline underline-offset-4 hover:text-ink"
    >
      {children}
      <ExternalLink className="size-3.5" aria-hidden />
    </a>
  );
}
