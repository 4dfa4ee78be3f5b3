import { cx } from '@/lib/cx';
import type { Column } from './order';

/** From which width on a column is shown; on a phone there are the state, the name and the response time. */
export const SHOWN_FROM: Record<Column, string> = {
  state: '',
  name: '',
  type: 'max-lg:hidden',
  checks: 'max-md:hidden',
  response: '',
  uptime: 'max-sm:hidden',
  certificate: 'max-lg:hidden',
};

/** None depends on what is in it, so that nothing jumps with new results. */
export const WIDTHS: Record<Column, string> = {
  state: 'w-32 max-sm:w-30',
  name: '',
  type: 'w-24',
  checks: 'w-44',
  response: 'w-32 max-sm:w-24',
  uptime: 'w-28',
  certificate: 'w-30',
};

export const IS_NUMBER: Record<Column, boolean> = {
  state: false,
  name: false,
  type: false,
  checks: false,
  response: true,
  uptime: true,
  certificate: true,
};

export const CELL = cx('overflow-hidden border-line border-b px-2.5 py-0 first:pl-3.5 last:pr-3.5');
