import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { onCallPreviewQuery } from '@/api/on-call';
import { useSession } from '@/api/use-session';
import { ErrorNotice } from '@/components/notice';
import { Section } from '@/components/page';
import { Loading } from '@/components/query';
import { cx } from '@/lib/cx';
import { useNow } from '@/lib/now';
import { useSettled } from '@/lib/use-settled';
import { finalLane, previewInput, type Rota, useLayerLanes } from './lanes';
import { editorMessages as messages } from './messages';
import { completeRota, type RotaForm } from './rota-schema';
import { Timeline } from './timeline';
import { spanOf, type View } from './timeline-scale';
import { ViewControls } from './view-controls';

function Result({ rota, isCurrent }: { rota: Rota; isCurrent: boolean }) {
  const now = useNow();
  const self = useSession()?.user.id;
  const zone = rota.time_zone;
  const [{ view, step }, setPeriod] = useState<{ view: View; step: number }>({ view: 'fortnight', step: 0 });
  const span = spanOf(view, step, now, zone);
  const query = useQuery({
    ...onCallPreviewQuery(previewInput(rota, span)),
    placeholderData: keepPreviousData,
  });
  // A single layer is the result itself.
  const layers = useLayerLanes(rota.layers.length > 1 ? rota : { ...rota, layers: [] }, span);
  return (
    <div className="card">
      <div className="border-line border-b px-5 py-3">
        <ViewControls
          view={view}
          step={step}
          span={span}
          zone={zone}
          onChange={(nextView, nextStep) => setPeriod({ view: nextView, step: nextStep })}
        />
      </div>
      <div
        aria-busy={query.isFetching || !isCurrent}
        className={cx(
          'px-5 py-4 transition-opacity',
          (!isCurrent || query.isPlaceholderData) && 'opacity-60',
        )}
      >
        {isCurrent && query.error ? (
          <ErrorNotice error={query.error} />
        ) : query.data ? (
          <Timeline
            view={view}
            span={span}
            lanes={[finalLane(query.data.shifts, span), ...layers]}
            zone={zone}
            now={now}
            self={self}
            unreachable={new Set()}
          />
        ) : (
          <Loading rows={2} className="h-8" />
        )}
      </div>
    </div>
  );
}

/** Who would be on call by what the form says, once it has not changed for a while. */
export function RotaPreview({ form }: { form: UseFormReturn<RotaForm> }) {
  const [zone, layers] = form.watch(['time_zone', 'layers']);
  const text = JSON.stringify(completeRota({ time_zone: zone, layers }));
  const settled = useSettled(text);
  const rota = JSON.parse(settled) as Rota | null;
  return (
    <Section title={messages.preview} className="min-w-0">
      {rota === null || text === 'null' ? (
        <p className="text-ink-soft text-sm">{messages.noPreview}</p>
      ) : (
        <>
          <Result rota={rota} isCurrent={settled === text} />
          <p className="mt-2 text-ink-soft text-xs">{messages.previewHint(rota.time_zone)}</p>
        </>
      )}
    </Section>
  );
}
