import type { ComponentProps } from 'react';
import { secondFactorMessages as messages } from '@/messages/second-factor';
import { InputField } from './field';

/** For six digits; phones offer them from a message or a password manager. A recovery code has letters too. */
export function CodeField({
  orRecovery = false,
  ...rest
}: { orRecovery?: boolean } & Omit<ComponentProps<typeof InputField>, 'label'>) {
  return (
    <InputField
      label={messages.code}
      autoComplete="one-time-code"
      inputMode={orRecovery ? 'text' : 'numeric'}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      hint={orRecovery ? messages.codeOrRecoveryHint : messages.codeHint}
      {...rest}
    />
  );
}
