import { Download, LoaderCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { AuditFilter } from '@/api/keys';
import { Button } from '@/components/button';
import { Menu } from '@/components/menu';
import { toastError, toastSuccess } from '@/components/toasts';
import { download } from '@/lib/download';
import { common } from '@/messages/common';
import { collect, eventsAsCsv, eventsAsJson } from './export';
import { auditMessages as messages } from './messages';

/** Exports what is shown, and the pages after it. */
export function ExportButton({ org, filter }: { org: number; filter: AuditFilter }) {
  const [count, setCount] = useState<number | null>(null);
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function run(format: 'csv' | 'json') {
    const stop = new AbortController();
    running.current = stop;
    setCount(0);
    try {
      const events = await collect(org, filter, stop.signal, setCount);
      const name = `audit-log-${new Date().toISOString().slice(0, 10)}.${format}`;
      if (format === 'csv') download(name, 'text/csv;charset=utf-8', eventsAsCsv(events));
      else download(name, 'application/json', eventsAsJson(events));
      toastSuccess(messages.exported(events.length));
    } catch (error) {
      if (!stop.signal.aborted) toastError(messages.exportFailed, error);
    } finally {
      if (running.current === stop) setCount(null);
    }
  }

  if (count !== null) {
    return (
      <div className="flex items-center gap-3">
        <span role="status" className="inline-flex items-center gap-2 text-ink-soft text-sm">
          <LoaderCircle className="size-4 animate-spin" aria-hidden />
          {messages.exporting(count)}
        </span>
        <Button onClick={() => running.current?.abort()}>{common.cancel}</Button>
      </div>
    );
  }
  return (
    <Menu
      trigger={
        <Button>
          <Download className="size-4" aria-hidden />
          {messages.export}
        </Button>
      }
      items={[
        { label: messages.exportCsv, onSelect: () => void run('csv') },
        { label: messages.exportJson, onSelect: () => void run('json') },
      ]}
    />
  );
}
