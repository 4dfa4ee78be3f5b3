/** What is loaded once somebody asks for it. */
export { CommandMenu } from './command-menu';
export { ShortcutsDialog } from './shortcuts-dialog';
