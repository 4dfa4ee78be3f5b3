import { commandMessages as messages } from '@/messages/command';
import { FormDialog } from '../dialog';

const KEYS: readonly [string, string][] = [
  [messages.openKeys, messages.open],
  ['?', messages.shortcuts],
  ['/', messages.keys.monitors],
  ['J K', messages.keys.incidents],
  ['↑ ↓', messages.keys.move],
  ['← →', messages.keys.checks],
  ['Enter', messages.keys.choose],
  ['Esc', messages.keys.close],
];

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <FormDialog title={messages.shortcuts} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-3 text-sm">
        {KEYS.map(([key, what]) => (
          <div key={key} className="col-span-2 grid grid-cols-subgrid">
            <dt>
              <kbd className="rounded-md border border-line-strong/60 bg-sunken px-2 py-0.5 font-mono text-xs">
                {key}
              </kbd>
            </dt>
            <dd className="text-ink-soft">{what}</dd>
          </div>
        ))}
      </dl>
    </FormDialog>
  );
}
