import type { ComponentProps } from 'react';
import type { Role } from '@/api/models';
import { ROLE_DESCRIPTIONS, ROLE_LABELS, roleMessages } from '@/messages/roles';
import { SelectField } from './field';

interface Props extends Omit<ComponentProps<'select'>, 'value'> {
  roles: readonly Role[];
  /** The chosen one, which is explained. */
  value: Role;
  error?: string | undefined;
}

export function RoleField({ roles, value, className, ...rest }: Props) {
  return (
    <SelectField label={roleMessages.role} hint={ROLE_DESCRIPTIONS[value]} {...rest}>
      {roles.map((role) => (
        <option key={role} value={role}>
          {ROLE_LABELS[role]}
        </option>
      ))}
    </SelectField>
  );
}
