/** Round whole ticks of a response time axis that starts at 0: at most five, the last one at or above `max`. */
export function axisTicks(max: number): number[] {
  const rough = Math.max(max, 4) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  // Labels are whole milliseconds, so ticks must be too.
  const isStep = (factor: number) => factor * magnitude >= rough && Number.isInteger(factor * magnitude);
  const step = ([1, 2, 2.5, 5, 10].find(isStep) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil(max / step) + 1 }, (_, index) => index * step);
}
