import { type ReactNode, useState } from 'react';
import { lacksSecondFactor } from '@/api/second-factor';
import { refreshSession } from '@/api/session';
import { useSession } from '@/api/use-session';
import { AccountMenu } from '@/components/account-menu';
import { Brand } from '@/components/brand';
import { Enrolment } from '@/components/enrolment';
import { PageTitle, useTitle } from '@/components/page';
import { RecoveryCodes } from '@/components/recovery-codes';
import { ThemeToggle } from '@/components/theme-toggle';
import { toastSuccess } from '@/components/toasts';
import { secondFactorMessages as messages } from '@/messages/second-factor';

interface Props {
  organisation: string;
  codes: string[] | null;
  onCodes: (codes: string[]) => void;
  onDone: () => void;
}

function Enforced({ organisation, codes, onCodes, onDone }: Props) {
  const title = messages.demanded(organisation);
  useTitle(title);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <Brand />
        <div className="flex items-center gap-1">
          <ThemeToggle />
          <AccountMenu />
        </div>
      </header>
      <main className="mx-auto w-full max-w-md flex-1 px-5 pt-[6vh] pb-16">
        <PageTitle>{title}</PageTitle>
        {codes ? (
          <div className="mt-6">
            <RecoveryCodes codes={codes} onSaved={onDone} />
          </div>
        ) : (
          <>
            <p className="mt-1 mb-6 text-pretty text-ink-soft text-sm">{messages.demandedHint}</p>
            <Enrolment
              actions={(submit) => <div className="flex justify-end">{submit}</div>}
              onCodes={onCodes}
            />
          </>
        )}
      </main>
    </div>
  );
}

/** Renders `children` unless the organisation demands a second factor that the account lacks; then how to turn it on. */
export function SecondFactorGate({ children }: { children: ReactNode }) {
  const session = useSession();
  // They stay until they are saved, although nothing is missing any more.
  const [codes, setCodes] = useState<string[] | null>(null);
  if (!session || (!codes && !lacksSecondFactor(session))) return children;
  return (
    <Enforced
      organisation={session.org.name}
      codes={codes}
      onCodes={setCodes}
      onDone={async () => {
        await refreshSession().catch(() => {});
        toastSuccess(messages.turnedOn);
        setCodes(null);
      }}
    />
  );
}
