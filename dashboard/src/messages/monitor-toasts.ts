/** What comes of an action on a monitor. */
export const monitorToasts = {
  added: (name: string) => `${name} added`,
  paused: (name: string) => `${name} paused`,
  resumed: (name: string) => `${name} resumed`,
  muted: (name: string) => `${name} muted`,
  unmuted: (name: string) => `${name} unmuted`,
  cloned: (name: string) => `${name} cloned. The copy is paused.`,
  failed: (action: 'pause' | 'resume' | 'mute' | 'unmute' | 'clone', name: string) =>
    `Could not ${action} ${name}`,
};
