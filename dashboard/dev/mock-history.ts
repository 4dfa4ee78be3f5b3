/** Mock results and series of monitors, of one region or of all. */
import type { Baseline, CheckResult, Series } from '../src/api/models';
import * as alerts from './mock-alerts';
import * as data from './mock-data';
import { checkedFrom } from './mock-regions';
import { list, lookup, on } from './mock-routes';

on('get', '/monitors/{id}/series', ({ id, query: { from, to, points, region, by_region: byRegion } }) => {
  const count = points ? Number(points) : undefined;
  const whole = alerts.series(Number(id), from, count, region, to);
  if (byRegion !== 'true') return whole;
  const regions = checkedFrom(lookup(data.monitors, id)).map((each) => ({
    region: each,
    points: alerts.series(Number(id), whole.from, count, each, to).buckets.map((bucket, index) => ({
      ...bucket,
      at: whole.buckets[index]?.at ?? bucket.at,
    })),
  }));
  const answer: Series = { ...whole, regions };
  return answer;
});
/** A day is slower at noon than at night. */
on('get', '/monitors/{id}/baseline', ({ id, query: { from } }) => {
  const { anomalies } = lookup(data.monitors, id);
  const [hour, end] = [3_600_000, Date.now()];
  const first = Math.floor((from ? Date.parse(from) : end - 24 * hour) / hour) * hour;
  const points = Array.from({ length: Math.ceil((end - first) / hour) }, (_, index) => {
    const at = new Date(first + index * hour);
    const median = 100 * (1 + Math.sin((at.getUTCHours() / 24) * Math.PI) / 2);
    const bounds = { lower_ms: median / 1.4, median_ms: median, upper_ms: median * 1.4 };
    return { hour: at.toISOString(), ...bounds, hours: 8, by_day: false };
  });
  const answer: Baseline = {
    from: new Date(first).toISOString(),
    to: new Date(end).toISOString(),
    sensitivity: anomalies?.sensitivity ?? 'medium',
    state: 'ready',
    known_since: new Date(end - 56 * 24 * hour).toISOString(),
    known_hours: 1_344,
    known_weeks: 8,
    points,
  };
  return answer;
});
on('get', '/monitors/{id}/results', ({ id, query: { from = '', to = '9999', limit = '50', region } }) => {
  const isAsked = ({ scheduled_at: at, region: of }: CheckResult) =>
    from <= at && at < to && (!region || of === region);
  return list(data.resultsOf(Number(id)).filter(isAsked).slice(0, Number(limit)));
});
