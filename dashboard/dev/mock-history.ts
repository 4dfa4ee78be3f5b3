/** Mock results and series of monitors, of one region or of all. */
import type { CheckResult, Series } from '../src/api/models';
import * as alerts from './mock-alerts';
import * as data from './mock-data';
import { checkedFrom } from './mock-regions';
import { list, lookup, on } from './mock-routes';

on('get', '/monitors/{id}/series', ({ id, query: { from, points, region, by_region: byRegion } }) => {
  const count = points ? Number(points) : undefined;
  const whole = alerts.series(Number(id), from, count, region);
  if (byRegion !== 'true') return whole;
  const regions = checkedFrom(lookup(data.monitors, id)).map((each) => ({
    region: each,
    points: alerts.series(Number(id), whole.from, count, each).buckets.map((bucket, index) => ({
      ...bucket,
      at: whole.buckets[index]?.at ?? bucket.at,
    })),
  }));
  const answer: Series = { ...whole, regions };
  return answer;
});
on('get', '/monitors/{id}/results', ({ id, query: { from = '', to = '9999', limit = '50', region } }) => {
  const isAsked = ({ scheduled_at: at, region: of }: CheckResult) =>
    from <= at && at < to && (!region || of === region);
  return list(data.resultsOf(Number(id)).filter(isAsked).slice(0, Number(limit)));
});
