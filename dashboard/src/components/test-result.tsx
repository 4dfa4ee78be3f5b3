import { CircleCheck, OctagonX } from 'lucide-react';
import type { ChannelTest } from '@/api/models';
import { asApiError } from '@/api/problem';
import { requestErrors } from '@/messages/common';
import { webhookMessages as messages } from '@/messages/webhooks';

/** What came of a test notification. Renders nothing before there was one. */
export function TestResult({ result, error }: { result: ChannelTest | undefined; error: unknown }) {
  if (result?.ok) {
    return (
      <p className="flex items-center gap-2 text-sm text-up">
        <CircleCheck className="size-4 shrink-0" aria-hidden />
        {result.left_out ? messages.testSentWithout(result.left_out) : messages.testSent}
      </p>
    );
  }
  if (!result && error == null) return null;
  const failure = error == null ? null : asApiError(error);
  const message = messages.testFailed(failure?.detail ?? result?.error ?? messages.unknownReason);
  return (
    <p className="flex gap-2 text-down text-sm">
      <OctagonX className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">
        {failure?.reference ? requestErrors.withRequestId(message, failure.reference) : message}
      </span>
    </p>
  );
}
