import type { Middleware } from 'openapi-fetch';
import { requestErrors } from '@/messages/common';
import type { FieldProblem, Problem } from './models';

/** An error response of the API, or no response at all (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
    /** What the second step of logging in is given. */
    readonly challenge: string | null = null,
  ) {
    super(detail || title);
  }

  /** What whoever runs the server needs to look an error up; none where the request itself says what is wrong. */
  get reference(): string | null {
    return this.status >= 500 ? this.requestId : null;
  }

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function unreachable(): ApiError {
  return new ApiError(0, requestErrors.noResponse, requestErrors.unreachable);
}

/** Reads RFC 9457 problem details. A proxy in between may send anything else. */
async function problemOf(response: Response): Promise<ApiError> {
  let body: Partial<Problem> = {};
  if (response.headers.get('content-type')?.includes('json')) {
    body = await response.json().catch(() => ({}));
  }
  const { status, headers } = response;
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  return new ApiError(
    status,
    body.title ?? (response.statusText || 'Error'),
    status === 429
      ? requestErrors.tooMany(retryAfterSeconds)
      : (body.detail ?? requestErrors.unexpectedStatus(status)),
    body.errors ?? [],
    body.request_id ?? headers.get('x-request-id'),
    retryAfterSeconds,
    body.challenge ?? null,
  );
}

/** Throws error responses as an `ApiError`. */
export const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
};

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError(-1, requestErrors.unexpected, error instanceof Error ? error.message : String(error));
}
