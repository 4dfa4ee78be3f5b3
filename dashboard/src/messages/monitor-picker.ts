/** Choosing some monitors among many. */
export const pickerMessages = {
  selected: 'Selected monitors',
  namesAndMore: (names: string, more: number) => `${names} and ${more} more`,
  unknown: (id: number) => `#${id}`,
  searchForMore: 'Search to find more monitors',
  loading: 'Loading…',
  failed: (reason: string) => `Could not load monitors: ${reason}`,
  full: (max: number) => `${max} monitors are selected, and there cannot be more.`,
  atLeastOne: 'Select at least one monitor',
  atMost: (max: number) => `Select at most ${max} monitors`,
};
