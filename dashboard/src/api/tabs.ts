/** Who is logged in now, and to which organisation, as one tab of the browser tells the others: they share the session's cookie. */
export interface TabMessage {
  user: number | null;
  org: number | null;
}

const NAME = 'uptime-session';

export function tellTabs(message: TabMessage): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(message);
  channel.close();
}

/** Calls `onMessage` for what other tabs say, until the returned function is called. */
export function listenToTabs(onMessage: (message: TabMessage) => void): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => onMessage(data);
  return () => channel.close();
}
