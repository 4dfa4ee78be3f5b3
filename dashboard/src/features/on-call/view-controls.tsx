import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton } from '@/components/button';
import { Choice } from '@/components/choice';
import { onCallMessages as messages, spanText, VIEW_LABELS } from './messages';
import type { Span, View } from './timeline-scale';

interface Props {
  view: View;
  step: number;
  span: Span;
  zone: string;
  onChange: (view: View, step: number) => void;
  children?: ReactNode;
}

/** Which period is shown. */
export function ViewControls({ view, step, span, zone, onChange, children }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="flex items-center gap-1">
        <IconButton label={messages.earlier} onClick={() => onChange(view, step - 1)}>
          <ChevronLeft className="size-4" aria-hidden />
        </IconButton>
        <p aria-live="polite" className="min-w-36 text-center font-medium text-sm">
          {spanText(span, zone)}
        </p>
        <IconButton label={messages.later} onClick={() => onChange(view, step + 1)}>
          <ChevronRight className="size-4" aria-hidden />
        </IconButton>
        {step !== 0 && (
          <Button variant="ghost" onClick={() => onChange(view, 0)}>
            {messages.backToToday}
          </Button>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 sm:ml-auto">
        <Choice
          label={messages.period}
          options={VIEW_LABELS}
          value={view}
          onChange={(next) => onChange(next, 0)}
        />
        {children}
      </div>
    </div>
  );
}
