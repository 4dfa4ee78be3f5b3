/** Choosing some of many. */
export const choosingMessages = {
  selected: (label: string) => `Selected: ${label}`,
  remove: 'Remove',
  search: 'Search',
  searchIn: (label: string) => `Search ${label.toLowerCase()}`,
  nothingFound: 'Nothing found',
};
