import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

interface Props {
  /** The button that opens it. */
  trigger: ReactNode;
  items: readonly { label: string; onSelect: () => void }[];
}

/** Not modal: that would inject a style element, which the content security policy refuses. */
export function Menu({ trigger, items }: Props) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={12}
          className="card appear z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto bg-raised p-1.5 shadow-lg"
        >
          {items.map(({ label, onSelect }) => (
            <DropdownMenu.Item
              key={label}
              onSelect={onSelect}
              className="flex min-h-9 cursor-pointer items-center rounded-md px-3 text-sm outline-none data-highlighted:bg-sunken"
            >
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
