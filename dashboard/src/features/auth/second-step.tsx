import { useState } from 'react';
import type { SecondFactorLogin } from '@/api/models';
import { logInWithCode } from '@/api/session';
import { PublicForm } from '@/components/public-form';
import { PublicPage } from '@/components/public-page';
import { codeField } from '@/components/schemas';
import { z } from '@/lib/zod';
import { secondFactorMessages as messages } from '@/messages/second-factor';

const schema = z.object({ code: codeField });

const LINK = 'min-h-9 text-ink-soft underline underline-offset-4 hover:text-ink';

interface Props {
  /** The challenge, and what is done by logging in. */
  login: Omit<SecondFactorLogin, 'code'>;
  onRestart: () => void;
}

/** The second step of logging in, with the challenge that the first one was answered with. */
export function SecondStep({ login, onRestart }: Props) {
  const [recovers, setRecovers] = useState(false);
  return (
    <PublicPage key={String(recovers)} title={messages.enterCode}>
      <p className="mt-1 mb-6 text-ink-soft text-sm">
        {recovers ? messages.recoveryHint : messages.codeHint}
      </p>
      <PublicForm
        schema={schema}
        fields={[
          recovers
            ? { name: 'code', label: messages.recoveryCode, autoComplete: 'off', autoFocus: true }
            : {
                name: 'code',
                label: messages.code,
                autoComplete: 'one-time-code',
                inputMode: 'numeric',
                autoFocus: true,
              },
        ]}
        action={messages.logIn}
        onSubmit={({ code }) => logInWithCode({ ...login, code })}
      />
      <p className="mt-4 flex flex-wrap gap-x-5 text-sm">
        <button type="button" className={LINK} onClick={() => setRecovers(!recovers)}>
          {recovers ? messages.useApp : messages.useRecovery}
        </button>
        <button type="button" className={LINK} onClick={onRestart}>
          {messages.back}
        </button>
      </p>
    </PublicPage>
  );
}
