/** The keys of a record, in its order. */
export const keysOf = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[];
