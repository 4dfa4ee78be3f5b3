import { zodResolver } from '@hookform/resolvers/zod';
import { type ReactNode, useMemo } from 'react';
import { useForm } from 'react-hook-form';
import type { Proof } from '@/api/models';
import { z } from '@/lib/zod';
import { privacyMessages as messages } from '@/messages/privacy';
import { FormDialog } from './dialog';
import { DialogForm } from './dialog-form';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { NO_PROOF, PROOF_FIELDS, ProofFields, proofOf, useProofSchema } from './proof';

interface Props {
  title: string;
  /** What has to be typed. */
  expected: string;
  /** What the server calls it. */
  field: 'email' | 'name';
  onDelete: (typed: string, proof: Proof) => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}

/** Asks for the name of what is to be deleted, and who it is that deletes it. */
export function DeleteDialog({ title, expected, field, onDelete, onClose, children }: Props) {
  const proof = useProofSchema();
  const schema = useMemo(() => {
    // As the server compares them: names exactly.
    const plain = (text: string) => (field === 'email' ? text.trim().toLowerCase() : text.trim());
    const isMeant = (typed: string) => plain(typed) === plain(expected);
    const typed = z.string().refine(isMeant, messages.mismatch);
    // Only the field that there is has to be right.
    const unused = z.string();
    return z.object({
      email: field === 'email' ? typed : unused,
      name: field === 'name' ? typed : unused,
      ...proof,
    });
  }, [expected, field, proof]);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: '', name: '', ...NO_PROOF },
  });
  const { banner, guard } = useServerErrors(form, [field, ...PROOF_FIELDS]);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit((values) =>
    guard(async () => {
      await onDelete(values[field].trim(), proofOf(values));
      onClose();
    }),
  );
  return (
    <FormDialog title={title} onClose={onClose}>
      <DialogForm error={banner} action={title} variant="danger" busy={isSubmitting} onSubmit={submit}>
        <div className="grid gap-2 text-pretty text-ink-soft text-sm">{children}</div>
        <InputField
          label={messages.type(expected)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={errors[field]?.message}
          {...form.register(field)}
        />
        <ProofFields form={form} />
      </DialogForm>
    </FormDialog>
  );
}
