import { useSortable } from '@dnd-kit/sortable';
import { ChevronDown, CircleSlash, Globe, Trash2 } from 'lucide-react';
import { memo } from 'react';
import type { FieldErrors } from 'react-hook-form';
import { IconButton } from '@/components/button';
import { DragHandle, styleOf } from '@/components/drag-handle';
import { InputField, Messages, SelectField } from '@/components/field';
import { StateIcon } from '@/components/state';
import { cx } from '@/lib/cx';
import { common } from '@/messages/common';
import { useList } from './list-context';
import { componentMessages as messages } from './messages';
import type { ComponentForm } from './order';

const SHOWN = [
  { field: 'show_history', label: messages.history },
  { field: 'show_uptime', label: messages.uptime },
  { field: 'show_latency', label: messages.responseTime },
] as const;

/** The monitor of a component, where that is not what it is called anyway. */
function describeMonitor({
  id,
  name,
  monitor_id: monitor,
  monitor_name: called,
  external,
}: ComponentForm): string | null {
  if (external !== null) return messages.external(external.url, external.component);
  if (monitor === null) return messages.withoutMonitor;
  if (called === null) return id === null ? null : messages.deletedMonitor;
  return name.trim() === '' || name === called ? null : messages.monitor(called);
}

interface Props {
  component: ComponentForm;
  /** In which group it is. */
  group: number;
  errors: FieldErrors<ComponentForm> | undefined;
}

function Details({ component, group, errors }: Props) {
  const { groupNames, onComponent, onMoveTo } = useList();
  const { key, name, description, monitor_id: monitor, monitor_name: monitorName, external } = component;
  // Without a monitor nothing is measured.
  const shown = monitor === null ? SHOWN.slice(0, 1) : SHOWN;
  return (
    <div className="grid gap-4 bg-sunken/30 px-5 pt-3 pb-5 sm:pl-13">
      <InputField
        label={common.name}
        maxLength={100}
        autoComplete="off"
        placeholder={monitorName ?? undefined}
        error={errors?.name?.message}
        value={name}
        onChange={({ target }) => onComponent(key, { name: target.value })}
      />
      <InputField
        label={messages.description}
        maxLength={300}
        autoComplete="off"
        error={errors?.description?.message}
        value={description}
        onChange={({ target }) => onComponent(key, { description: target.value })}
      />
      {external && (
        <>
          <InputField
            label={messages.externalUrl}
            hint={messages.externalUrlHint}
            type="url"
            maxLength={500}
            autoComplete="off"
            placeholder="https://status.example.org"
            error={errors?.external?.url?.message ?? external.problem ?? undefined}
            value={external.url}
            onChange={({ target }) =>
              onComponent(key, { external: { ...external, url: target.value, problem: null } })
            }
          />
          <InputField
            label={messages.externalComponent}
            hint={messages.externalComponentHint}
            maxLength={200}
            autoComplete="off"
            error={errors?.external?.component?.message}
            value={external.component}
            onChange={({ target }) =>
              onComponent(key, { external: { ...external, component: target.value, problem: null } })
            }
          />
        </>
      )}
      <div className="flex flex-wrap gap-x-8 gap-y-4">
        <fieldset hidden={external !== null}>
          <legend className="mb-1.5 font-medium text-sm">{messages.shows}</legend>
          <div className="flex min-h-10 flex-wrap items-center gap-x-5 gap-y-2">
            {shown.map(({ field, label }) => (
              <label key={field} className="inline-flex items-center gap-2 text-sm">
                <input
                  type="checkbox"
                  className="size-4 accent-ink"
                  checked={component[field]}
                  onChange={({ target }) => onComponent(key, { [field]: target.checked })}
                />
                {label}
              </label>
            ))}
          </div>
        </fieldset>
        {groupNames.length > 1 && (
          <SelectField
            label={messages.group}
            className="min-w-40 flex-1"
            value={group}
            onChange={({ target }) => onMoveTo(key, Number(target.value))}
          >
            {groupNames.map((each, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may be the same
              <option key={at} value={at}>
                {each || messages.noHeading}
              </option>
            ))}
          </SelectField>
        )}
      </div>
    </div>
  );
}

function Row({ component, group, errors }: Props) {
  const { key, monitor_state: state } = component;
  const { handle, open, onToggle, onRemove } = useList();
  const sortable = useSortable({ id: key, data: { type: 'component' } });
  const called = component.name || component.monitor_name || messages.unnamed;
  const hasError =
    errors?.name !== undefined || errors?.description !== undefined || errors?.external !== undefined;
  const isOpen = open.has(key) || hasError;
  const about = describeMonitor(component);
  // Of what is not among the fields.
  const error = errors?.external?.message ?? errors?.monitor_id?.message ?? errors?.id?.message;
  return (
    <li
      ref={sortable.setNodeRef}
      style={styleOf(sortable)}
      className={cx(
        'bg-surface',
        handle.lifted === key && '-outline-offset-2 outline-2 outline-[var(--focus)]',
      )}
    >
      <div className="flex items-center gap-2 py-1.5 pr-3 pl-2">
        <DragHandle itemKey={key} name={called} sortable={sortable} {...handle} />
        {state ? (
          <StateIcon state={state} className="size-4.5 shrink-0" />
        ) : component.external ? (
          <Globe className="size-4.5 shrink-0 text-ink-soft/70" aria-hidden />
        ) : (
          <CircleSlash className="size-4.5 shrink-0 text-ink-soft/70" aria-hidden />
        )}
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium text-sm">{called}</p>
          {about && <p className="truncate text-ink-soft text-xs">{about}</p>}
          {error && <Messages id={key} label={called} error={error} />}
        </div>
        <IconButton label={messages.edit(called)} aria-expanded={isOpen} onClick={() => onToggle(key)}>
          <ChevronDown className={cx('size-4 transition-transform', isOpen && 'rotate-180')} aria-hidden />
        </IconButton>
        <IconButton label={messages.remove(called)} onClick={() => onRemove(key)}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      </div>
      {isOpen && <Details component={component} group={group} errors={errors} />}
    </li>
  );
}

/** Rendered again only if something of it has changed: the form makes all components anew with each change. */
export const ComponentRow = memo(
  Row,
  (before, after) =>
    before.errors === after.errors &&
    before.group === after.group &&
    JSON.stringify(before.component) === JSON.stringify(after.component),
);
