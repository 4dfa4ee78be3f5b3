import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { StatusPage, StatusPageTheme } from '@/api/models';
import { ApiError, asApiError } from '@/api/problem';
import { statusPagePreviewQuery } from '@/api/status-pages';
import { Choice } from '@/components/choice';
import { Loading } from '@/components/query';
import { useSettled } from '@/lib/use-settled';
import { previewMessages as messages, SECTION_LABELS, THEME_LABELS } from './messages';
import { editOf, LOGO_KEPT, LOGO_NONE, type PageForm, type SectionName } from './page-schema';
import { PreviewFrame } from './preview-frame';
import { withLogo } from './preview-logo';

const WIDTHS = { desktop: 1100, phone: 390 };
const COLOURS = { auto: messages.asSet, light: THEME_LABELS.light, dark: THEME_LABELS.dark };

/** The section of a field, as the server names it. */
function sectionOf(field: string): SectionName {
  const [name] = field.split('.');
  if (name === 'groups') return 'components';
  if (name === 'report_automatically_after_minutes') return 'reporting';
  if (name === 'access' || name === 'allow_index') return 'access';
  return name === 'slug' || name === 'custom_domain' ? 'address' : 'appearance';
}

function describe(error: unknown): string {
  const fields = error instanceof ApiError ? error.fields : [];
  if (fields.length === 0) return messages.failed(asApiError(error).detail);
  const problems = fields.map(({ field, message }) =>
    messages.field(SECTION_LABELS[sectionOf(field)], message),
  );
  return messages.invalid(problems.join('; '));
}

interface Props {
  page: StatusPage;
  values: PageForm;
  /** Whether it is shown on a narrow screen itself. */
  isNarrow: boolean;
}

/** The page as its visitors would see it with what is in the form. */
export function Preview({ page, values, isNarrow }: Props) {
  const [width, setWidth] = useState<keyof typeof WIDTHS>(isNarrow ? 'phone' : 'desktop');
  const [colours, setColours] = useState<StatusPageTheme>('auto');
  // A logo that was chosen is put in here: it is large, and the server shows none but that which is stored.
  const { logo: _, ...edit } = editOf(page, values);
  const { logo } = values;
  const input = JSON.stringify({
    ...edit,
    ...(logo !== LOGO_KEPT && { logo: null }),
    ...(colours !== 'auto' && { theme: colours }),
  });
  const settled = useSettled(input);
  const query = useQuery({ ...statusPagePreviewQuery(page, settled), placeholderData: keepPreviousData });
  // What could not be rendered leaves what was before.
  const [html, setHtml] = useState(query.data?.html);
  if (query.data && query.data.html !== html) setHtml(query.data.html);
  const shown = useMemo(
    () => (html !== undefined && logo !== LOGO_KEPT && logo !== LOGO_NONE ? withLogo(html, logo) : html),
    [html, logo],
  );
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
        {shown !== undefined ? (
          <PreviewFrame title={messages.title(page.title)} html={shown} width={WIDTHS[width]} />
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
