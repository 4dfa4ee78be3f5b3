// first-check.mjs BASE SECONDS: registers at a product that has just started, adds a monitor of its own health
// endpoint, and fails unless the first check is visible within that many seconds.
const [base, seconds] = process.argv.slice(2);

async function call(method, path, body, token) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const account = {
  email: `newcomer-${Date.now()}@example.org`,
  password: 'correct horse battery staple',
  name: 'Newcomer',
};
const { access_token: token } = await call('POST', '/auth/register', account);
const url = `${base}/health/live`;
const { id } = await call('POST', '/monitors', { name: 'Itself', url, interval_seconds: 10 }, token);
const created = Date.now();
for (;;) {
  const waited = (Date.now() - created) / 1000;
  const status = await call('GET', `/monitors/${id}/status`, undefined, token);
  if (status.last_checked_at) {
    console.log(`    the first check was visible after ${waited.toFixed(1)} s: ${status.state}`);
    process.exit(status.state === 'up' ? 0 : 1);
  }
  if (waited > Number(seconds)) throw new Error(`no check within ${seconds} s: ${JSON.stringify(status)}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
