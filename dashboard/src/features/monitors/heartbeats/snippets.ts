/** What is copied to have a job ping: of each language, for its success alone, and with its start and its exit status. */
export interface Snippet {
  simple: string;
  full: string;
}

/** Five more attempts of at most ten seconds each, a minute and a half at the very most, so that a ping does not get lost. */
const CURL = 'curl -fsS -m 10 --retry 5 -o /dev/null';

const WGET = 'wget -q -T 10 -t 5 --retry-on-http-error=429,503 -O /dev/null';

const POWERSHELL = (url: string) => `function Send-Ping($path = "") {
  foreach ($attempt in 1..5) {
    try {
      Invoke-RestMethod -Uri "${url}$path" -TimeoutSec 10 | Out-Null
      return
    } catch {
      Start-Sleep -Seconds ([math]::Pow(2, $attempt))
    }
  }
}
`;

const CRON_JOB = (script: string) => `apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: backup
              image: registry.example.org/backup:1
              # The image needs a shell and curl
              command: ["/bin/sh", "-c"]
              args:
                - ${script}`;

const SNIPPETS = {
  crontab: (url: string): Snippet => ({
    simple: `0 3 * * * /usr/local/bin/backup.sh && ${CURL} ${url}`,
    full: `0 3 * * * ${CURL} ${url}/start; /usr/local/bin/backup.sh; ${CURL} ${url}/$?`,
  }),
  curl: (url: string): Snippet => ({
    simple: `/usr/local/bin/backup.sh && ${CURL} ${url}`,
    full: `#!/bin/sh
RID=$(cat /proc/sys/kernel/random/uuid)   # Names this run: several may run at a time
${CURL} "${url}/start?rid=$RID"

OUTPUT=$(/usr/local/bin/backup.sh 2>&1)
STATUS=$?                                 # 0 is a success, anything else a failure

printf %s "$OUTPUT" | tail -c 10000 | ${CURL} --data-binary @- "${url}/$STATUS?rid=$RID"`,
  }),
  wget: (url: string): Snippet => ({
    simple: `/usr/local/bin/backup.sh && ${WGET} ${url}`,
    full: `#!/bin/sh
${WGET} ${url}/start
/usr/local/bin/backup.sh
${WGET} ${url}/$?`,
  }),
  powershell: (url: string): Snippet => ({
    simple: `${POWERSHELL(url)}
C:\\Scripts\\backup.ps1
if ($?) { Send-Ping }`,
    full: `${POWERSHELL(url)}
Send-Ping "/start"
& C:\\Scripts\\backup.exe
Send-Ping "/$($LASTEXITCODE -band 255)"`,
  }),
  python: (url: string): Snippet => ({
    simple: `import time, urllib.request

def ping(path=""):
    for attempt in range(5):
        try:
            urllib.request.urlopen("${url}" + path, timeout=10).close()
            return
        except OSError:
            time.sleep(2**attempt)

backup()
ping()`,
    full: `import time, urllib.request, uuid

RUN = "?rid=" + str(uuid.uuid4())

def ping(path="", body=""):
    for attempt in range(5):
        try:
            data = body.encode() or None
            urllib.request.urlopen("${url}" + path + RUN, data, timeout=10).close()
            return
        except OSError:
            time.sleep(2**attempt)

ping("/start")
try:
    backup()
except Exception as error:
    ping("/fail", repr(error))
    raise
ping()`,
  }),
  node: (url: string): Snippet => ({
    simple: `async function ping(path = '') {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const response = await fetch('${url}' + path, { signal: AbortSignal.timeout(10_000) });
      if (response.ok) return;
    } catch {}
    await new Promise((done) => setTimeout(done, 1_000 * 2 ** attempt));
  }
}

await backup();
await ping();`,
    full: `const run = \`?rid=\${crypto.randomUUID()}\`;

async function ping(path = '', body = '') {
  const method = 'POST';
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch('${url}' + path + run, { method, body, signal });
      if (response.ok) return;
    } catch {}
    await new Promise((done) => setTimeout(done, 1_000 * 2 ** attempt));
  }
}

await ping('/start');
try {
  await backup();
} catch (error) {
  await ping('/fail', String(error));
  throw error;
}
await ping();`,
  }),
  go: (url: string): Snippet => ({
    simple: `package main

import (
	"log"
	"net/http"
	"time"
)

func ping(path string) {
	client := http.Client{Timeout: 10 * time.Second}
	for attempt := 0; attempt < 5; attempt++ {
		response, err := client.Get("${url}" + path)
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 300 {
				return
			}
		}
		time.Sleep(time.Second << attempt)
	}
}

func main() {
	if err := backup(); err != nil {
		log.Fatal(err)
	}
	ping("")
}`,
    full: `package main

import (
	"log"
	"net/http"
	"strings"
	"time"
)

func ping(path, body string) {
	client := http.Client{Timeout: 10 * time.Second}
	for attempt := 0; attempt < 5; attempt++ {
		response, err := client.Post("${url}"+path, "text/plain", strings.NewReader(body))
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 300 {
				return
			}
		}
		time.Sleep(time.Second << attempt)
	}
}

func main() {
	ping("/start", "")
	if err := backup(); err != nil {
		ping("/fail", err.Error())
		log.Fatal(err)
	}
	ping("", "")
}`,
  }),
  ruby: (url: string): Snippet => ({
    simple: `require 'net/http'

def ping(path = '')
  uri = URI('${url}' + path)
  5.times do |attempt|
    options = { use_ssl: uri.scheme == 'https', open_timeout: 10, read_timeout: 10 }
    response = Net::HTTP.start(uri.host, uri.port, **options) { |http| http.get(uri.request_uri) }
    return if response.is_a?(Net::HTTPSuccess)
    sleep 2**attempt
  rescue StandardError
    sleep 2**attempt
  end
end

backup
ping`,
    full: `require 'net/http'

def ping(path = '', body = '')
  uri = URI('${url}' + path)
  5.times do |attempt|
    options = { use_ssl: uri.scheme == 'https', open_timeout: 10, read_timeout: 10 }
    response = Net::HTTP.start(uri.host, uri.port, **options) { |http| http.post(uri.request_uri, body) }
    return if response.is_a?(Net::HTTPSuccess)
    sleep 2**attempt
  rescue StandardError
    sleep 2**attempt
  end
end

ping '/start'
begin
  backup
rescue StandardError => e
  ping '/fail', e.full_message(highlight: false)
  raise
end
ping`,
  }),
  php: (url: string): Snippet => ({
    simple: `<?php
function ping(string $path = ''): void
{
    $context = stream_context_create(['http' => ['timeout' => 10]]);
    for ($attempt = 0; $attempt < 5; $attempt++) {
        if (@file_get_contents('${url}' . $path, false, $context) !== false) {
            return;
        }
        sleep(2 ** $attempt);
    }
}

backup();
ping();`,
    full: `<?php
function ping(string $path = '', string $body = ''): void
{
    $http = ['method' => 'POST', 'content' => $body, 'timeout' => 10];
    $context = stream_context_create(['http' => $http]);
    for ($attempt = 0; $attempt < 5; $attempt++) {
        if (@file_get_contents('${url}' . $path, false, $context) !== false) {
            return;
        }
        sleep(2 ** $attempt);
    }
}

ping('/start');
try {
    backup();
} catch (Throwable $error) {
    ping('/fail', (string) $error);
    throw $error;
}
ping();`,
  }),
  systemd: (url: string): Snippet => ({
    simple: `# /etc/systemd/system/backup.service, started by backup.timer
[Service]
Type=oneshot
ExecStart=/usr/local/bin/backup.sh
ExecStartPost=-/usr/bin/${CURL} ${url}`,
    full: `# /etc/systemd/system/backup.service, started by backup.timer
[Service]
Type=oneshot
ExecStartPre=-/usr/bin/${CURL} ${url}/start
ExecStart=/usr/local/bin/backup.sh
# EXIT_STATUS is a name, such as TERM, where a signal has ended the job
ExecStopPost=-/bin/sh -c 'case "$$EXIT_STATUS" in *[!0-9]*|"") S=fail;; *) S="$$EXIT_STATUS";; esac; ${CURL} ${url}/$$S'`,
  }),
  github: (url: string): Snippet => ({
    simple: `# The address is the secret PING_URL of the repository: ${url}
- name: Ping
  run: ${CURL} "$PING_URL" || true
  env:
    PING_URL: \${{ secrets.PING_URL }}`,
    full: `# The address is the secret PING_URL of the repository: ${url}
env:
  PING_URL: \${{ secrets.PING_URL }}

steps:
  - name: Ping start
    run: ${CURL} "$PING_URL/start" || true
  - name: Backup
    run: ./backup.sh
  - name: Ping success
    if: success()
    run: ${CURL} "$PING_URL" || true
  - name: Ping failure
    if: failure() || cancelled()
    run: ${CURL} "$PING_URL/fail" || true`,
  }),
  kubernetes: (url: string): Snippet => ({
    simple: CRON_JOB(`/usr/local/bin/backup.sh && { ${CURL} ${url}; true; }`),
    full: CRON_JOB(`|
                  ${CURL} ${url}/start
                  /usr/local/bin/backup.sh
                  STATUS=$?
                  ${CURL} ${url}/$STATUS
                  exit $STATUS`),
  }),
  docker: (url: string): Snippet => ({
    simple: `docker run --rm registry.example.org/backup:1 \\
  && docker run --rm curlimages/curl:latest ${CURL.slice('curl '.length)} ${url}`,
    full: `#!/bin/sh
ping() { docker run --rm curlimages/curl:latest ${CURL.slice('curl '.length)} "${url}/$1"; }

ping start
docker run --rm registry.example.org/backup:1
ping $?`,
  }),
};

export type Language = keyof typeof SNIPPETS;

/** The snippets of a language for the address of a heartbeat. */
export const snippetsOf = (language: Language, url: string): Snippet => SNIPPETS[language](url);
