import { X } from 'lucide-react';
import { useId } from 'react';
import type { ComponentImpact, Impact } from '@/api/models';
import { impactValues } from '@/api/schema';
import { IconButton } from '@/components/button';
import { Messages, Select } from '@/components/field';
import { componentMessages, IMPACT_LABELS, reportMessages as messages } from './messages';
import type { NamedComponent } from './report-schema';

interface Props {
  /** All that the page has. */
  components: readonly NamedComponent[];
  /** The impact of a component that is added. */
  added: Impact;
  value: readonly ComponentImpact[];
  error: string | undefined;
  /** What is wrong with each, by its place. */
  problems: readonly (string | undefined)[];
  onChange: (value: ComponentImpact[]) => void;
}

/** How badly each component is affected. */
export function ImpactField({ components, added, value, error, problems, onChange }: Props) {
  const id = useId();
  const nameOf = (component: number) =>
    components.find((each) => each.id === component)?.name ?? messages.deletedComponent;
  const rest = components.filter((each) => !value.some(({ component_id: taken }) => taken === each.id));
  const groups = [...new Set(rest.map(({ group }) => group))];
  const set = (component: number, impact: Impact) =>
    onChange(value.map((each) => (each.component_id === component ? { ...each, impact } : each)));

  return (
    <fieldset aria-describedby={error && `${id}-error`} data-invalid={error ? true : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{messages.affected}</legend>
      {value.length > 0 && (
        <ul aria-label={messages.affected} className="mb-2 grid gap-2">
          {value.map(({ component_id: component, impact }, at) => (
            <li key={component} className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="min-w-32 flex-1 break-words text-sm">{nameOf(component)}</span>
              <div className="w-52 max-w-full">
                <Select
                  aria-label={messages.impactOn(nameOf(component))}
                  aria-invalid={problems[at] ? true : undefined}
                  aria-describedby={problems[at] && `${id}-${at}-error`}
                  className={problems[at] ? 'border-down' : 'border-line-strong/60'}
                  value={impact}
                  onChange={({ target }) => set(component, target.value as Impact)}
                >
                  {impactValues.map((each) => (
                    <option key={each} value={each}>
                      {IMPACT_LABELS[each]}
                    </option>
                  ))}
                </Select>
              </div>
              <IconButton
                label={messages.removeAffected(nameOf(component))}
                onClick={() => onChange(value.filter((each) => each.component_id !== component))}
              >
                <X className="size-4" aria-hidden />
              </IconButton>
              {problems[at] && (
                <div className="w-full">
                  <Messages id={`${id}-${at}`} label={nameOf(component)} error={problems[at]} />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {rest.length > 0 && (
        <Select
          aria-label={messages.addAffected}
          value=""
          onChange={({ target }) =>
            target.value !== '' && onChange([...value, { component_id: Number(target.value), impact: added }])
          }
        >
          <option value="">{messages.addAffected}</option>
          {groups.map((group) => (
            <optgroup key={group} label={group ?? componentMessages.noHeading}>
              {rest
                .filter((each) => each.group === group)
                .map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
            </optgroup>
          ))}
        </Select>
      )}
      <Messages
        id={id}
        label={messages.affected}
        error={error}
        hint={value.length === 0 && messages.noneAffected}
      />
    </fieldset>
  );
}
