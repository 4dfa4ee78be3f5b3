import { useInfiniteQuery } from '@tanstack/react-query';
import { apiKeysQuery } from '@/api/api-keys';
import type { AuditFilter } from '@/api/keys';
import { membersQuery } from '@/api/organisations';
import { InputField, SelectField } from '@/components/field';
import { keysOf } from '@/lib/keys-of';
import { ACTION_OPTIONS, auditMessages as messages, RESOURCE_LABELS } from './messages';

interface Props {
  org: number;
  filter: AuditFilter;
  onChange: (change: Partial<AuditFilter>) => void;
}

export function Filters({ org, filter, onChange }: Props) {
  const members = useInfiniteQuery(membersQuery(org)).data?.pages.flatMap(({ items }) => items) ?? [];
  const apiKeys = useInfiniteQuery(apiKeysQuery).data?.pages.flatMap(({ items }) => items) ?? [];
  const { action, resource, user, key, from, to } = filter;
  return (
    <div className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-6">
      <SelectField
        label={messages.action}
        value={action}
        onChange={({ target }) => onChange({ action: target.value })}
      >
        <option value="">{messages.anyAction}</option>
        {ACTION_OPTIONS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={messages.resource}
        value={resource}
        onChange={({ target }) => onChange({ resource: target.value })}
      >
        <option value="">{messages.anyResource}</option>
        {keysOf(RESOURCE_LABELS).map((value) => (
          <option key={value} value={value}>
            {RESOURCE_LABELS[value]}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={messages.person}
        value={user ?? ''}
        onChange={({ target }) => onChange({ user: target.value === '' ? null : Number(target.value) })}
      >
        <option value="">{messages.anyone}</option>
        {user !== null && !members.some(({ user_id: id }) => id === user) && (
          <option value={user}>{messages.personWithId(user)}</option>
        )}
        {members.map(({ user_id: id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={messages.apiKey}
        value={key ?? ''}
        onChange={({ target }) => onChange({ key: target.value === '' ? null : Number(target.value) })}
      >
        <option value="">{messages.anyKey}</option>
        {key !== null && !apiKeys.some(({ id }) => id === key) && (
          <option value={key}>{messages.personWithId(key)}</option>
        )}
        {apiKeys.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <InputField
        label={messages.from}
        type="date"
        value={from}
        {...(to && { max: to })}
        onChange={({ target }) => onChange({ from: target.value })}
      />
      <InputField
        label={messages.to}
        type="date"
        value={to}
        {...(from && { min: from })}
        onChange={({ target }) => onChange({ to: target.value })}
      />
    </div>
  );
}
