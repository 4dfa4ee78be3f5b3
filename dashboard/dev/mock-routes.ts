/** The routes of the mock, typed by the API's document. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { FieldProblem, Problem as ProblemBody } from '../src/api/models';
import type { paths } from '../src/api/schema';

export function found<T>(thing: T | undefined): T {
  return thing ?? fail(404, 'there is no such thing');
}

export const lookup = <T>(map: Map<number, T>, id: string): T => found(map.get(Number(id)));
export const list = <T>(items: T[]) => ({ items, next_cursor: null });

/** One page of a list. A cursor is the index of its first item. */
export function pageOf<T>(items: T[], { cursor = '0', limit = '50' }: Query) {
  const end = Number(cursor) + Number(limit);
  return { items: items.slice(Number(cursor), end), next_cursor: end < items.length ? `${end}` : null };
}

export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(status: number, detail: string, more: Partial<ProblemBody> = {}) {
    super(detail);
    this.body = {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? '',
      status,
      detail,
      request_id: crypto.randomUUID(),
      ...more,
    };
  }
}

export function fail(status: number, detail: string, errors?: FieldProblem[]): never {
  throw new Problem(status, detail, errors && { errors });
}

export type Query = Partial<Record<string, string>>;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;
type RequestBody<O> = O extends { requestBody?: infer Body } ? Json<NonNullable<Body>> : undefined;
type Answer<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202 | 204)]> : never;

interface Call<Body> {
  /** The parameters in the path, and those of most paths. */
  params: Partial<Record<string, string>>;
  id: string;
  delivery: string;
  query: Query;
  body: Body;
  req: IncomingMessage;
  res: ServerResponse;
}

interface Route {
  method: string;
  pattern: RegExp;
  run(call: Call<string>): unknown;
}

export const routes: Route[] = [];

/** Answers an operation of the API's document. */
export function on<M extends Method, P extends keyof paths>(
  method: M,
  path: P,
  answer: (call: Call<RequestBody<paths[P][M]>>) => Answer<paths[P][M]>,
): void {
  routes.push({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[-\\w]+)')}$`),
    run: (call) => answer({ ...call, body: call.body ? JSON.parse(call.body) : {} }),
  });
}

/** Sends the browser elsewhere. */
export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { Location: location });
  res.end();
}
