import type { OnCallRestriction } from '@/api/models';

const short = (time: string) => time.slice(0, 5);

/** When a layer of an on-call schedule applies: "daily 09:00–17:00", "Mon 09:00 – Fri 17:00". */
export function describeRestriction(restriction: OnCallRestriction): string {
  const [from, until] = [short(restriction.from), short(restriction.until)];
  if (restriction.repeat === 'daily') return `daily ${from}–${until}`;
  const { from_day: first, until_day: last } = restriction;
  return first === last && from < until ? `${first} ${from}–${until}` : `${first} ${from} – ${last} ${until}`;
}
