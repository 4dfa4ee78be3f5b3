import { Copy, X } from 'lucide-react';
import { MAX_CANDIDATES } from '@/api/backtests';
import type { BacktestCandidate } from '@/api/models';
import { Button, IconButton } from '@/components/button';
import { CheckField, InputField } from '@/components/field';
import { backtestMessages as messages } from '@/messages/backtest';
import { type Beside, type Kept, keep, roomBeside } from './beside';
import { TriedWindows } from './tried-windows';

interface Props {
  value: Beside;
  onChange: (value: Beside) => void;
  /** What is in the form; null while it is not valid. */
  current: BacktestCandidate | null;
  /** What is wrong with each window, by its place. */
  problems: readonly (string | undefined)[];
}

/** What is tried with the settings in the form, and what they are compared with: as it was, and settings from before. */
export function BesideFields({ value, onChange, current, problems }: Props) {
  const { asItWas, kept, windows } = value;
  const hasRoom = roomBeside(value) > 0;
  const rename = (key: number, name: string): Kept[] =>
    kept.map((each) => (each.key === key ? { ...each, name } : each));
  return (
    <div className="grid grid-cols-1 gap-3">
      <TriedWindows
        value={[...windows]}
        problems={problems}
        error={undefined}
        onChange={(next) => onChange({ ...value, windows: next })}
      />
      <CheckField
        label={messages.asItWas}
        hint={messages.asItWasHint}
        checked={asItWas}
        disabled={!asItWas && !hasRoom}
        onChange={({ target }) => onChange({ ...value, asItWas: target.checked })}
      />
      {kept.length > 0 && (
        <ul aria-label={messages.kept} className="grid gap-2">
          {kept.map(({ key, name }, at) => (
            <li key={key} className="flex items-end gap-2">
              <InputField
                label={messages.nameOfKept(at + 1)}
                className="min-w-0 flex-1"
                maxLength={120}
                autoComplete="off"
                value={name}
                // It would save the monitor.
                onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
                onChange={({ target }) => onChange({ ...value, kept: rename(key, target.value) })}
              />
              <IconButton
                label={messages.removeCandidate(name || messages.candidate(at + 1))}
                className="mb-0.5"
                onClick={() => onChange({ ...value, kept: kept.filter((each) => each.key !== key) })}
              >
                <X className="size-4" aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Button
          aria-disabled={!hasRoom || current === null || undefined}
          onClick={() => hasRoom && current !== null && onChange(keep(value, current))}
        >
          <Copy className="size-4" aria-hidden />
          {messages.keep}
        </Button>
        <p className="text-ink-soft text-xs">
          {hasRoom ? messages.keepHint : messages.atMost(MAX_CANDIDATES)}
        </p>
      </div>
    </div>
  );
}
