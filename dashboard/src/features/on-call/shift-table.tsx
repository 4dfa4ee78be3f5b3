import { ScrollArea } from '@/components/scroll-area';
import { formatMoment } from '@/lib/format';
import { onCallMessages as messages, takeOverMessages } from './messages';
import type { Span } from './timeline-scale';

export interface ShiftRow extends Span {
  key: string;
  /** Null while nobody is on call. */
  name: string | null;
  isSelf: boolean;
  isUnreachable: boolean;
  /** By what. */
  by: string;
}

interface Props {
  label: string;
  rows: readonly ShiftRow[];
  zone: string;
  /** Opens what takes a shift over. */
  onSelect?: ((span: Span) => void) | undefined;
}

const CELL = 'px-5 py-2.5 text-left align-baseline';

/** The shifts of a period in words. */
export function ShiftTable({ label, rows, zone, onSelect }: Props) {
  return (
    <ScrollArea label={label}>
      <table className="w-full min-w-[34rem] text-sm" aria-label={label}>
        <thead className="text-ink-soft text-xs">
          <tr>
            <th className={`${CELL} font-medium`}>{messages.person}</th>
            <th className={`${CELL} font-medium`}>{takeOverMessages.from}</th>
            <th className={`${CELL} font-medium`}>{takeOverMessages.until}</th>
            <th className={`${CELL} font-medium`}>{messages.by}</th>
            {onSelect && (
              <th className={CELL}>
                <span className="sr-only">{takeOverMessages.action}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="divide-y divide-line border-line border-t">
          {rows.map((row) => (
            <tr key={row.key}>
              <td className={`${CELL} min-w-36 ${row.name === null ? 'text-degraded' : 'font-medium'}`}>
                {row.name ?? messages.nobody}
                {row.isSelf && (
                  <span className="font-normal text-ink-soft"> ({messages.you.toLowerCase()})</span>
                )}
                {row.isUnreachable && (
                  <span className="block font-normal text-down text-xs">{messages.unreachable}</span>
                )}
              </td>
              <td className={`${CELL} whitespace-nowrap`}>{formatMoment(row.from, zone)}</td>
              <td className={`${CELL} whitespace-nowrap`}>{formatMoment(row.until, zone)}</td>
              <td className={`${CELL} text-ink-soft`}>{row.by}</td>
              {onSelect && (
                <td className={`${CELL} text-right`}>
                  {!row.isSelf && (
                    <button
                      type="button"
                      onClick={() => onSelect(row)}
                      aria-label={takeOverMessages.of(messages.shift(row.name ?? messages.nobody, row, zone))}
                      className="min-h-6 whitespace-nowrap font-medium underline underline-offset-4"
                    >
                      {takeOverMessages.action}
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
