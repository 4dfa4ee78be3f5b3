import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { StatusPage, StatusPageTheme } from '@/api/models';
import { ApiError, asApiError } from '@/api/problem';
import { statusPagePreviewQuery } from '@/api/status-pages';
import { Choice } from '@/components/choice';
import { Loading } from '@/components/query';
import { useSettled } from '@/lib/use-settled';
import { previewMessages as messages, THEME_LABELS } from './messages';
import { editOf, type PageForm } from './page-schema';
import { PreviewFrame } from './preview-frame';

const WIDTHS = { desktop: 1100, phone: 390 };
const COLOURS = { auto: messages.asSet, light: THEME_LABELS.light, dark: THEME_LABELS.dark };

function describe(error: unknown): string {
  const fields = error instanceof ApiError ? error.fields : [];
  if (fields.length === 0) return messages.failed(asApiError(error).detail);
  return messages.invalid(fields.map(({ field, message }) => messages.field(field, message)).join('; '));
}

interface Props {
  page: StatusPage;
  values: PageForm;
}

/** The page as its visitors would see it with what is in the form. */
export function Preview({ page, values }: Props) {
  const [width, setWidth] = useState<keyof typeof WIDTHS>('desktop');
  const [colours, setColours] = useState<StatusPageTheme>('auto');
  const input = JSON.stringify({
    ...editOf(page, values),
    ...(colours !== 'auto' && { theme: colours }),
  });
  const settled = useSettled(input);
  const query = useQuery({ ...statusPagePreviewQuery(page, settled), placeholderData: keepPreviousData });
  const isBehind = settled !== input || query.isFetching;
  return (
    <section aria-label={messages.title(page.title)} className="card flex h-full flex-col overflow-hidden">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-line border-b px-2 py-1.5">
        <Choice label={messages.width} options={messages.widths} value={width} onChange={setWidth} />
        <Choice label={messages.colours} options={COLOURS} value={colours} onChange={setColours} />
      </div>
      <p role="status" className="empty:hidden px-5 py-2 text-ink-soft text-xs">
        {query.error && !isBehind && <span className="text-down">{describe(query.error)}</span>}
      </p>
      <div aria-busy={isBehind} className="min-h-0 flex-1 bg-sunken">
        {query.data ? (
          <PreviewFrame title={messages.title(page.title)} html={query.data.html} width={WIDTHS[width]} />
        ) : (
          query.isPending && (
            <div className="p-5">
              <Loading rows={4} className="h-20" />
            </div>
          )
        )}
      </div>
    </section>
  );
}
