import { Moon, Sun } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { themeStore } from '@/lib/theme';
import { IconButton } from './button';

export function ThemeToggle() {
  const theme = useSyncExternalStore(themeStore.subscribe, themeStore.get);
  const Icon = theme === 'dark' ? Sun : Moon;
  return (
    <IconButton
      label={theme === 'dark' ? 'Switch to light theme' : 'Switch to dark theme'}
      onClick={themeStore.toggle}
    >
      <Icon className="size-4.5" aria-hidden />
    </IconButton>
  );
}
