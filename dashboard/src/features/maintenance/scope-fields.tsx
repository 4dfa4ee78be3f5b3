import { useQuery } from '@tanstack/react-query';
import { Controller, type UseFormReturn } from 'react-hook-form';
import { tagsQuery } from '@/api/tags';
import { useIsNarrowed } from '@/api/use-session';
import { CheckList } from '@/components/check-list';
import { MonitorPicker } from '@/components/monitor-picker';
import { SegmentedControl } from '@/components/segmented-control';
import { TagDot } from '@/components/tags';
import { pickerMessages } from '@/messages/monitor-picker';
import { PAGE_TITLES } from '@/messages/terms';
import { windowMessages as messages } from './messages';
import type { WindowForm } from './window-schema';

const SCOPES = [
  { value: 'all', label: messages.allMonitors },
  { value: 'some', label: pickerMessages.selected },
] as const;

type Form = UseFormReturn<WindowForm>;

/** By their names, as windows have them. */
function TagChoice({ form }: { form: Form }) {
  const { data } = useQuery(tagsQuery);
  if (!data) return null;
  return (
    <Controller
      control={form.control}
      name="tags"
      render={({ field, fieldState }) => (
        <CheckList
          label={messages.tags}
          options={data.map(({ name, colour }) => ({
            value: name,
            label: name,
            icon: <TagDot colour={colour} />,
          }))}
          selected={field.value}
          onChange={(tags) => {
            form.clearErrors('monitors');
            field.onChange(tags);
          }}
          nameOfGone={(name) => name}
          empty={messages.noTags}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}

/** Which monitors a window covers. */
export function ScopeFields({ form }: { form: Form }) {
  const isNarrowed = useIsNarrowed();
  const all = form.watch('all');
  return (
    <>
      {!isNarrowed && (
        <div>
          <SegmentedControl
            label={PAGE_TITLES.monitors}
            options={SCOPES}
            {...form.register('all', { onChange: () => form.clearErrors(['monitors', 'tags']) })}
          />
          {all === 'all' && <p className="mt-1.5 text-ink-soft text-xs">{messages.allMonitorsHint}</p>}
        </div>
      )}
      {all === 'some' && (
        <>
          <Controller
            control={form.control}
            name="monitors"
            render={({ field, fieldState }) => (
              <MonitorPicker
                selected={field.value}
                onChange={field.onChange}
                error={fieldState.error?.message}
              />
            )}
          />
          {/* What has a tag may be more than somebody sees whose access is narrowed. */}
          {!isNarrowed && <TagChoice form={form} />}
        </>
      )}
    </>
  );
}
