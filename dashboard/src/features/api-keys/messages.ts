import { formatDate, formatDateTime } from '@/lib/format';

export const apiKeyMessages = {
  create: 'Create API key',
  none: 'No API keys yet',
  noneHint: 'Scripts and other programs use an API key to call the API on behalf of this organisation.',
  about: 'Each key has its own role. It stops working when it expires, is revoked, or its creator leaves.',
  nameExample: 'Deployment',
  expiry: 'Expires',
  networks: 'Allowed networks (optional)',
  networksHint:
    'One address or network per line, such as 192.0.2.0/24. Leave blank to accept the key from anywhere.',
  networksExample: '192.0.2.0/24\n2001:db8::/32',
  anywhere: 'from anywhere',
  from: (networks: string[]) => `from ${networks.join(', ')}`,
  createdBy: (name: string | null, at: string) =>
    name === null ? `Created ${formatDate(at)}` : `Created by ${name}, ${formatDate(at)}`,
  neverUsed: 'never used',
  expires: (at: string) => `expires ${formatDateTime(at)}`,
  expired: (at: string) => `Expired ${formatDateTime(at)}`,
  doesNotExpire: 'does not expire',
  revoke: (name: string) => `Revoke ${name}`,
  revokeTitle: (name: string) => `Revoke ${name}?`,
  revokeAction: 'Revoke key',
  revoked: (name: string) => `${name} revoked`,
  created: 'API key created',
  examples: 'Examples',
};

export const EXPIRY_LABELS: Record<'30' | '90' | '365' | 'never', string> = {
  '30': 'In 30 days',
  '90': 'In 90 days',
  '365': 'In a year',
  never: 'Never',
};

const PLACEHOLDER = '$UPTIME_API_KEY';

/** Programs to be copied; only the one for a terminal has the key itself. */
export const EXAMPLES = {
  curl: (origin: string, key: string | null) => `curl -H "Authorization: Bearer ${key ?? PLACEHOLDER}" \\
  ${origin}/api/v1/monitors`,
  python: (origin: string) => `import json, os, urllib.request

request = urllib.request.Request(
    "${origin}/api/v1/monitors",
    headers={"Authorization": "Bearer " + os.environ["UPTIME_API_KEY"]},
)
with urllib.request.urlopen(request) as response:
    for monitor in json.load(response)["items"]:
        print(monitor["name"], monitor["status"]["state"])`,
  github: (origin: string) => `# Mutes monitor 1 for 15 minutes before a deployment. Needs the role editor,
# and the key as the secret UPTIME_API_KEY of the repository.
- name: Mute alerts
  env:
    UPTIME_API_KEY: \${{ secrets.UPTIME_API_KEY }}
  run: |
    curl --fail-with-body -X POST \\
      -H "Authorization: Bearer $UPTIME_API_KEY" \\
      -H "Content-Type: application/json" \\
      -d "{\\"until\\": \\"$(date -u -d '+15 minutes' +%FT%TZ)\\"}" \\
      ${origin}/api/v1/monitors/1/mute`,
};

export const EXAMPLE_LABELS: Record<keyof typeof EXAMPLES, string> = {
  curl: 'curl',
  python: 'Python',
  github: 'GitHub Actions',
};
