import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { tagNamesQuery } from '@/api/organisations';
import { tagMessages as messages } from '@/messages/tags';
import { SelectField } from './field';

type Props = Omit<ComponentProps<typeof SelectField>, 'label' | 'hint' | 'children'> & {
  /** Stays offered when it is gone. */
  chosen: string;
};

/** One tag by its name. */
export function TagChoice({ chosen, ...rest }: Props) {
  const { data: tags } = useQuery(tagNamesQuery);
  const names = [...new Set([...(tags ?? []), ...(chosen ? [chosen] : [])])];
  return (
    <SelectField label={messages.tag} hint={tags?.length === 0 && messages.none} {...rest}>
      <option value="">{messages.choose}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
