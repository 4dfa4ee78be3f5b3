/** Whether `value` is a path of this site: "//host" and "/\\host" would lead to another one. */
export function isLocalPath(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value);
}
