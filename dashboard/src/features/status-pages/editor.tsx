import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useForm } from 'react-hook-form';
import { keys } from '@/api/keys';
import type { StatusPage } from '@/api/models';
import { publishStatusPage, readStatusPage, updateStatusPage } from '@/api/status-pages';
import { Button, IconButton } from '@/components/button';
import { useLeaveGuard } from '@/components/dialog';
import { useServerErrors } from '@/components/form-errors';
import { FormNotice } from '@/components/form-notice';
import { TABS } from '@/components/notification-tabs';
import { Switch } from '@/components/switch';
import { toastError, toastSuccess } from '@/components/toasts';
import { UnsavedInput } from '@/components/unsaved-input';
import { useEdited } from '@/components/use-edited';
import { cx } from '@/lib/cx';
import { useMedia } from '@/lib/use-media';
import { common } from '@/messages/common';
import { AccessSection } from './access-section';
import { AddressSection } from './address-section';
import { AppearanceSection } from './appearance-section';
import { ComponentsSection } from './components-section';
import { DeletePageDialog } from './delete-dialog';
import { pageMessages as messages, SECTION_LABELS } from './messages';
import { PageHead } from './page-head';
import {
  editOf,
  fieldsOf,
  formOf,
  type PageForm,
  type PageValues,
  pageSchema,
  SECTIONS,
  type SectionName,
} from './page-schema';
import { Preview } from './preview';
import { ReportingSection } from './reporting-section';
import { PageStatistics } from './statistics';

const TAB =
  'inline-flex min-h-9 items-center gap-1.5 whitespace-nowrap rounded-lg px-3 text-ink-soft text-sm hover:text-ink data-[state=active]:bg-surface data-[state=active]:font-medium data-[state=active]:text-ink data-[state=active]:shadow-xs';

/** Where there is room for the preview beside the form; the same as Tailwind's `lg`. */
const WIDE = '(min-width: 64rem)';

export function Editor({ current }: { current: StatusPage }) {
  const client = useQueryClient();
  const isWide = useMedia(WIDE);
  const { edited: page, initial, load, adopt } = useEdited<StatusPage, PageForm, PageValues>(current, formOf);
  const form = useForm<PageForm, unknown, PageValues>({
    resolver: zodResolver(pageSchema),
    defaultValues: initial,
  });
  const values = form.watch();
  const fields = SECTIONS.flatMap((section) => fieldsOf(section, values));
  const { banner, guard } = useServerErrors(form, fields);
  const { isDirty, isSubmitting } = form.formState;
  const [section, setSection] = useState<SectionName>('components');
  const [isPreviewing, setPreviewing] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const panel = useRef<HTMLFormElement>(null);
  const isLeaving = useRef(false);
  const leaving = useLeaveGuard(isDirty, () => isLeaving.current);

  function remember(saved: StatusPage) {
    client.setQueryData(keys.statusPage(saved.id), saved);
    void client.invalidateQueries({ queryKey: keys.statusPageList });
  }

  const hasError = (name: SectionName) =>
    fieldsOf(name, form.getValues()).some((field) => form.getFieldState(field).invalid);

  /** Goes to the first field that is wrong, in whichever section it is. */
  function showErrors() {
    const wrong = hasError(section) ? section : SECTIONS.find(hasError);
    if (!wrong) return;
    flushSync(() => {
      setSection(wrong);
      setPreviewing(false);
    });
    panel.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }

  const save = form.handleSubmit(async (valid) => {
    const sent = structuredClone(form.getValues());
    await guard(async () => {
      const saved = await updateStatusPage(page, editOf(page, valid));
      remember(saved);
      adopt(form, saved, sent);
      toastSuccess(common.saved(saved.title));
    });
    showErrors();
  }, showErrors);

  const publish = useMutation({
    mutationFn: (published: boolean) => publishStatusPage(page.id, published),
    onSuccess(saved) {
      remember(saved);
      adopt(form, saved);
    },
    onError: (error) => toastError(messages.publishFailed(page.title), error),
  });
  const published = publish.isPending ? publish.variables : page.published;

  const show = (name: string) => {
    setPreviewing(name === 'preview');
    const chosen = SECTIONS.find((each) => each === name);
    if (chosen) setSection(chosen);
  };

  return (
    <div data-wide>
      {leaving}
      <PageHead page={page}>
        <span className="inline-flex items-center gap-2.5 text-sm">
          <Switch
            label={messages.publishedLabel(page.title)}
            checked={published}
            disabled={publish.isPending}
            onChange={publish.mutate}
          />
          <span aria-hidden>{published ? messages.published : messages.notPublished}</span>
        </span>
        <IconButton label={messages.deletePage} onClick={() => setDeleting(true)}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      </PageHead>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)] lg:items-start">
        <Tabs.Root
          value={isPreviewing && !isWide ? 'preview' : section}
          onValueChange={show}
          className="min-w-0"
        >
          <div className="max-sm:-mx-5 max-sm:overflow-x-auto max-sm:px-5 [scrollbar-width:none]">
            <Tabs.List aria-label={messages.sections} className={cx('mb-4', TABS)}>
              {SECTIONS.map((name) => (
                <Tabs.Trigger key={name} value={name} className={TAB}>
                  {SECTION_LABELS[name]}
                  {hasError(name) && <span aria-hidden className="size-1.5 rounded-full bg-down-fill" />}
                </Tabs.Trigger>
              ))}
              {!isWide && (
                <Tabs.Trigger value="preview" className={TAB}>
                  {messages.preview}
                </Tabs.Trigger>
              )}
            </Tabs.List>
          </div>
          <form ref={panel} noValidate onSubmit={save} className="grid grid-cols-1 gap-4">
            <FormNotice
              error={banner}
              onLoadLatest={() =>
                guard(async () => {
                  const latest = await readStatusPage(page.id);
                  remember(latest);
                  load(form, latest);
                })
              }
            />
            <UnsavedInput name={`status-page:${page.id}`} form={form} />
            <Tabs.Content value="components" className="outline-none">
              <ComponentsSection form={form} />
            </Tabs.Content>
            <Tabs.Content value="appearance" className="outline-none">
              <AppearanceSection form={form} page={page} />
            </Tabs.Content>
            <Tabs.Content value="reporting" className="outline-none">
              <ReportingSection form={form} />
            </Tabs.Content>
            <Tabs.Content value="access" className="outline-none">
              <AccessSection form={form} />
            </Tabs.Content>
            <Tabs.Content value="address" className="outline-none">
              <AddressSection
                form={form}
                page={page}
                onChecked={(checked) => {
                  remember(checked);
                  adopt(form, checked);
                }}
              />
            </Tabs.Content>
            {!isWide && (
              <Tabs.Content value="preview" className="h-[70vh] outline-none">
                <Preview page={page} values={values} isNarrow />
              </Tabs.Content>
            )}
            <div
              className={cx(
                '-mx-5 z-20 flex flex-wrap items-center gap-2 border-t bg-paper px-5 py-3 lg:mx-0 lg:px-0',
                isDirty ? 'sticky bottom-0 border-line' : 'border-transparent',
              )}
            >
              <Button type="submit" variant="primary" busy={isSubmitting} disabled={!isDirty}>
                {common.save}
              </Button>
              {isDirty && !isSubmitting && (
                <>
                  <Button variant="ghost" onClick={() => form.reset(initial)}>
                    {messages.discard}
                  </Button>
                  <span className="ml-auto text-ink-soft text-xs">{messages.unsaved}</span>
                </>
              )}
            </div>
          </form>
        </Tabs.Root>
        {isWide && (
          <div className="sticky top-4 h-[calc(100dvh-2rem)] min-w-0">
            <Preview page={page} values={values} isNarrow={false} />
          </div>
        )}
      </div>
      <PageStatistics pageId={page.id} />
      {isDeleting && (
        <DeletePageDialog
          page={page}
          onDeleted={() => {
            isLeaving.current = true;
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </div>
  );
}
