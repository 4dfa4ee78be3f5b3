import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { reloadAccount } from '@/api/account';
import { keys } from '@/api/keys';
import type { SecondFactorProof } from '@/api/models';
import { disableSecondFactor, regenerateRecoveryCodes, secondFactorQuery } from '@/api/second-factor';
import { Button } from '@/components/button';
import { CodeField } from '@/components/code-field';
import { CurrentPassword, useCurrentPasswordField } from '@/components/current-password';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { Enrolment } from '@/components/enrolment';
import { useServerErrors } from '@/components/form-errors';
import { ErrorNotice } from '@/components/notice';
import { Loading, QueryView } from '@/components/query';
import { RecoveryCodes } from '@/components/recovery-codes';
import { codeField } from '@/components/schemas';
import { SettingRow } from '@/components/setting-row';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { secondFactorMessages as messages } from '@/messages/second-factor';

interface ProofProps {
  action: string;
  hint: string;
  onSubmit: (proof: SecondFactorProof) => Promise<void>;
}

function ProofForm({ action, hint, onSubmit }: ProofProps) {
  const current = useCurrentPasswordField();
  const form = useForm({
    resolver: zodResolver(z.object({ current_password: current, code: codeField })),
    defaultValues: { current_password: '', code: '' },
  });
  const { banner, guard } = useServerErrors(form, ['current_password', 'code']);
  const { errors, isSubmitting } = form.formState;
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={form.handleSubmit((values) => guard(() => onSubmit(values)))}
    >
      {banner && <ErrorNotice error={banner} />}
      <p className="text-pretty text-sm">{hint}</p>
      <CurrentPassword
        error={errors.current_password?.message}
        {...form.register('current_password')}
      />
      <CodeField orRecovery error={errors.code?.message} {...form.register('code')} />
      <FormActions>
        <CancelButton />
        <Button type="submit" variant="primary" busy={isSubmitting}>
          {action}
        </Button>
      </FormActions>
    </form>
  );
}

type Open = 'on' | 'off' | 'codes';

function SecondFactorDialog({ open, onClose }: { open: Open; onClose: () => void }) {
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  function changed() {
    void client.invalidateQueries({ queryKey: keys.secondFactor });
    void client.invalidateQueries({ queryKey: keys.sessions });
    void reloadAccount().catch(() => {});
  }
  function show(codes: string[]) {
    setCodes(codes);
    changed();
  }
  if (codes) {
    return (
      <FormDialog title={messages.recoveryCodes} persistent onClose={onClose}>
        <RecoveryCodes codes={codes} onSaved={onClose} />
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
          hint={messages.newCodesHint}
          onSubmit={async (proof) => show(await regenerateRecoveryCodes(proof))}
        />
      </FormDialog>
    );
  }
  return (
    <FormDialog title={messages.turnOff} onClose={onClose}>
      <ProofForm
        action={messages.turnOff}
        hint={messages.turnOffHint}
        onSubmit={async (proof) => {
          await disableSecondFactor(proof);
          changed();
          toastSuccess(messages.turnedOff);
          onClose();
        }}
      />
    </FormDialog>
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
