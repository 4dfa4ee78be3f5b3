import { QueryClient } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '@/app';
import { makeRouter } from '@/router';

/** Renders the whole dashboard at `path`. */
export function renderAt(path: string) {
  window.history.replaceState(null, '', path);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const view = render(<App client={client} router={makeRouter()} />);
  return { ...view, client, user: userEvent.setup() };
}
