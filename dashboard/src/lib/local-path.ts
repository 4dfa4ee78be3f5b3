/** Whether `value` is a path on this site: browsers read "//host" and "/\\host" as another host. */
export function isLocalPath(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value);
}
