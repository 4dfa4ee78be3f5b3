import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import { IconButton } from '@/components/button';
import { Messages, Select } from '@/components/field';
import { editorMessages as messages } from './messages';
import { useMembers } from './person-select';

interface Props {
  value: readonly number[];
  /** The names of people who may have left. */
  names: ReadonlyMap<number, string>;
  error: string | undefined;
  onChange: (people: number[]) => void;
  /** So that an error of the form is focused. */
  fieldRef: (element: HTMLSelectElement | null) => void;
}

/** People in the order of their turns; somebody may have several. */
export function PeopleField({ value, names, error, onChange, fieldRef }: Props) {
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const moved = useRef<string | null>(null);
  const { members, self, error: failure } = useMembers();
  const nameOf = (user: number) =>
    members.find((member) => member.id === user)?.name ?? names.get(user) ?? `#${user}`;

  // What is moved keeps the focus.
  useEffect(() => {
    if (moved.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-move="${moved.current}"]`)?.focus();
    moved.current = null;
  });

  function move(index: number, step: -1 | 1) {
    const target = index + step;
    const next = [...value];
    const [person] = next.splice(index, 1);
    if (person === undefined || target < 0 || target > next.length) return;
    next.splice(target, 0, person);
    moved.current = `${target}:${step}`;
    onChange(next);
  }

  return (
    <fieldset className="min-w-0" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{messages.people}</legend>
      {value.length > 0 && (
        <ol ref={list} className="mb-2 divide-y divide-line rounded-lg border border-line">
          {value.map((user, index) => {
            const name = nameOf(user);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: somebody may have several turns
              <li key={index} className="flex min-h-11 items-center gap-2 pr-1 pl-3 text-sm">
                <span className="w-5 shrink-0 text-ink-soft text-xs">{index + 1}</span>
                <span className="min-w-0 flex-1 truncate">{user === self ? messages.you(name) : name}</span>
                <IconButton
                  label={messages.moveUp(name)}
                  data-move={`${index}:-1`}
                  aria-disabled={index === 0 || undefined}
                  className="aria-disabled:opacity-30"
                  onClick={() => move(index, -1)}
                >
                  <ArrowUp className="size-4" aria-hidden />
                </IconButton>
                <IconButton
                  label={messages.moveDown(name)}
                  data-move={`${index}:1`}
                  aria-disabled={index === value.length - 1 || undefined}
                  className="aria-disabled:opacity-30"
                  onClick={() => move(index, 1)}
                >
                  <ArrowDown className="size-4" aria-hidden />
                </IconButton>
                <IconButton
                  label={messages.removePerson(name)}
                  onClick={() => onChange(value.filter((_, each) => each !== index))}
                >
                  <X className="size-4" aria-hidden />
                </IconButton>
              </li>
            );
          })}
        </ol>
      )}
      <Select
        ref={fieldRef}
        aria-label={messages.addPerson}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        className={error ? 'border-down' : 'border-line-strong/60'}
        value=""
        onChange={({ target }) => target.value !== '' && onChange([...value, Number(target.value)])}
      >
        <option value="">{messages.addPerson}</option>
        {members.map((member) => (
          <option key={member.id} value={member.id}>
            {member.id === self ? messages.you(member.name) : member.name}
          </option>
        ))}
      </Select>
      <Messages id={id} error={error ?? failure?.message} />
    </fieldset>
  );
}
