import { useMutation } from '@tanstack/react-query';
import { LayoutList, Plus } from 'lucide-react';
import { useState } from 'react';
import type { FieldPath } from 'react-hook-form';
import type { Monitor } from '@/api/models';
import { firstMonitors } from '@/api/monitors';
import { Button } from '@/components/button';
import { EmptyState } from '@/components/empty-state';
import { Messages } from '@/components/field';
import { toastError, toastSuccess } from '@/components/toasts';
import { ComponentList } from './component-list';
import { componentMessages as messages, pickerMessages } from './messages';
import { MonitorPicker } from './monitor-picker';
import { addComponents, type ComponentForm, countComponents, type GroupForm } from './order';
import {
  componentOfMonitor,
  externalComponent,
  MAX_COMPONENTS,
  MAX_GROUPS,
  newKey,
  type PageForm,
  staticComponent,
} from './page-schema';
import type { Form } from './use-page-form';

/** What is on the page, in which order, and under which names. */
export function ComponentsSection({ form }: { form: Form }) {
  const groups = form.watch('groups');
  const errors = form.formState.errors.groups;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [isPicking, setPicking] = useState(false);
  const count = countComponents(groups);
  const room = Math.max(0, MAX_COMPONENTS - count);
  const taken = new Set(groups.flatMap((group) => group.components.flatMap((each) => each.monitor_id ?? [])));

  function edit(next: readonly GroupForm[], path: string) {
    form.setValue('groups', [...next], { shouldDirty: true });
    form.clearErrors(path as FieldPath<PageForm>);
  }
  const move = (next: readonly GroupForm[]) => edit(next, 'groups');
  const add = (components: ComponentForm[]) =>
    move(addComponents(form.getValues('groups'), components, newKey()));

  const addMonitors = (monitors: Monitor[]) => {
    add(monitors.map(componentOfMonitor));
    toastSuccess(pickerMessages.added(monitors.length));
  };
  const addAll = useMutation({
    mutationFn: () => firstMonitors(room),
    onSuccess: (monitors) => addMonitors(monitors.filter(({ id }) => !taken.has(id))),
    onError: (error) => toastError(pickerMessages.addFailed, error),
  });

  function toggle(key: string) {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  }

  function addOne(component: ComponentForm) {
    add([component]);
    setOpen(new Set([...open, component.key]));
  }

  const addGroup = () =>
    move([...groups, { key: newKey(), name: messages.newGroup, is_open: true, components: [] }]);

  return (
    <div className="grid gap-4">
      {count === 0 && (
        <EmptyState
          icon={LayoutList}
          title={messages.none}
          action={
            <div className="flex flex-wrap justify-center gap-2">
              <Button variant="primary" busy={addAll.isPending} onClick={() => addAll.mutate()}>
                {messages.addAll}
              </Button>
              <Button onClick={() => setPicking(true)}>{messages.addMonitors}</Button>
            </div>
          }
        >
          {messages.noneHint}
        </EmptyState>
      )}
      <ComponentList
        groups={groups}
        errors={errors}
        open={open}
        onToggle={toggle}
        onMove={move}
        onEdit={edit}
      />
      {typeof errors?.message === 'string' && (
        <div role="alert">
          <Messages id="groups" label={messages.list} error={errors.message} />
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        {count > 0 && (
          <Button disabled={room === 0} onClick={() => setPicking(true)}>
            <Plus className="size-4" aria-hidden />
            {messages.addMonitors}
          </Button>
        )}
        <Button disabled={room === 0} onClick={() => addOne(staticComponent())}>
          <Plus className="size-4" aria-hidden />
          {messages.addOne}
        </Button>
        <Button disabled={room === 0} onClick={() => addOne(externalComponent())}>
          <Plus className="size-4" aria-hidden />
          {messages.addExternal}
        </Button>
        <Button disabled={groups.length >= MAX_GROUPS} onClick={addGroup}>
          <Plus className="size-4" aria-hidden />
          {messages.addGroup}
        </Button>
      </div>
      {isPicking && (
        <MonitorPicker taken={taken} room={room} onAdd={addMonitors} onClose={() => setPicking(false)} />
      )}
    </div>
  );
}
