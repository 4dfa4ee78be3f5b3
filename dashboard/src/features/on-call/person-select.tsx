import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { allMembersQuery } from '@/api/organisations';
import { useSession } from '@/api/use-session';
import { SelectField } from '@/components/field';
import { editorMessages } from './messages';

/** How members are named in a choice: with their addresses where several have the same name. */
export function useMembers() {
  const session = useSession();
  const query = useQuery({ ...allMembersQuery(session?.org.id ?? 0), enabled: session !== null });
  const counts = new Map<string, number>();
  for (const { name } of query.data ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  const members = (query.data ?? []).map(({ user_id: id, name, email }) => ({
    id,
    email,
    name: (counts.get(name) ?? 0) > 1 ? `${name} (${email})` : name,
  }));
  return { ...query, members, self: session?.user.id };
}

type Props = Omit<ComponentProps<typeof SelectField>, 'children'> & { blank?: string };

/** A member of the organisation. */
export function PersonSelect({ blank, ...rest }: Props) {
  const { members, self } = useMembers();
  return (
    <SelectField {...rest}>
      {blank !== undefined && <option value="">{blank}</option>}
      {members.map(({ id, name }) => (
        <option key={id} value={id}>
          {id === self ? editorMessages.you(name) : name}
        </option>
      ))}
    </SelectField>
  );
}
