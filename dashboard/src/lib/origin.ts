/** Scheme, host and port of an address; null while it is none. */
const originOf = (address: string): string | null => (URL.canParse(address) ? new URL(address).origin : null);

/** Whether an address leads to another server than the one before. Not while it is still being typed. */
export function leadsElsewhere(before: string, after: string): boolean {
  const origin = originOf(after);
  return originOf(before) !== null && origin !== null && origin !== originOf(before);
}
