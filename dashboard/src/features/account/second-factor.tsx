import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { reloadAccount } from '@/api/account';
import { keys } from '@/api/keys';
import { disableSecondFactor, regenerateRecoveryCodes, secondFactorQuery } from '@/api/second-factor';
import { Button } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { Enrolment } from '@/components/enrolment';
import { ProofDialog, ProofForm } from '@/components/proof';
import { Loading, QueryView } from '@/components/query';
import { RecoveryCodes } from '@/components/recovery-codes';
import { SettingRow } from '@/components/setting-row';
import { toastSuccess } from '@/components/toasts';
import { common } from '@/messages/common';
import { secondFactorMessages as messages } from '@/messages/second-factor';

type Open = 'on' | 'off' | 'codes';

function SecondFactorDialog({ open, onClose }: { open: Open; onClose: () => void }) {
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const [areKept, setKept] = useState(false);
  function changed() {
    void client.invalidateQueries({ queryKey: keys.account });
    void reloadAccount().catch(() => {});
  }
  function show(codes: string[]) {
    setCodes(codes);
    changed();
  }
  if (codes) {
    return (
      <FormDialog
        title={messages.recoveryCodes}
        persistent
        dirty={!areKept}
        question={messages.codesUnkept}
        onClose={onClose}
      >
        <RecoveryCodes codes={codes} onKept={() => setKept(true)} onSaved={onClose} />
      </FormDialog>
    );
  }
  if (open === 'on') {
    return (
      <FormDialog title={messages.turnOn} persistent onClose={onClose}>
        <Enrolment
          actions={(submit) => (
            <FormActions>
              <CancelButton />
              {submit}
            </FormActions>
          )}
          onCodes={show}
        />
      </FormDialog>
    );
  }
  if (open === 'codes') {
    return (
      <FormDialog title={messages.newCodes} onClose={onClose}>
        <ProofForm
          action={messages.make}
          onSubmit={async (proof) => show(await regenerateRecoveryCodes(proof))}
        >
          <p className="text-pretty text-sm">{messages.newCodesHint}</p>
        </ProofForm>
      </FormDialog>
    );
  }
  return (
    <ProofDialog
      title={messages.turnOff}
      action={messages.turnOff}
      onSubmit={async (proof) => {
        await disableSecondFactor(proof);
        changed();
        toastSuccess(messages.turnedOff);
      }}
      onClose={onClose}
    >
      <p className="text-pretty text-sm">{messages.turnOffHint}</p>
    </ProofDialog>
  );
}

/** Whether logging in needs a code, and changing that. */
export function SecondFactor() {
  const query = useQuery(secondFactorQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const isOn = query.data?.is_on;
  return (
    <>
      <SettingRow
        label={messages.title}
        action={
          <>
            {isOn && (
              <Button aria-label={messages.newCodes} onClick={() => setOpen('codes')}>
                {messages.newCodes}
              </Button>
            )}
            {isOn !== undefined && (
              <Button
                aria-label={isOn ? messages.turnOff : messages.turnOn}
                onClick={() => setOpen(isOn ? 'off' : 'on')}
              >
                {isOn ? common.turnOff : common.turnOn}
              </Button>
            )}
          </>
        }
      >
        <QueryView query={query} loading={<Loading rows={1} />}>
          {({ is_on, recovery_codes }) => (
            <>
              {is_on ? messages.on : messages.off}
              <span className="block text-pretty text-ink-soft text-xs">
                {is_on ? messages.codesLeft(recovery_codes) : messages.offHint}
              </span>
            </>
          )}
        </QueryView>
      </SettingRow>
      {open && <SecondFactorDialog open={open} onClose={() => setOpen(null)} />}
    </>
  );
}
