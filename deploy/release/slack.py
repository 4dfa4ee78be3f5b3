#!/usr/bin/env python3
"""Says on Slack what became of a deployment: slack.py ENVIRONMENT VERSION RESULT URL, with the incoming webhook in
SLACK_WEBHOOK_URL; without one nothing is said. RESULT is the exit code of deploy.sh, or empty when it was not reached. What
Slack answers fails no deployment."""

import json
import os
import sys
import urllib.request

WORDS = {
    "0": ":white_check_mark: {version} runs in {environment}.",
    "1": ":leftwards_arrow_with_hook: {version} was taken back in {environment}: it did not become ready. What was before runs.",
    "2": ":rotating_light: {version} failed in {environment}, and what was before does not run either.",
    "3": ":no_entry: {environment} refuses {version}; nothing was changed.",
}
OTHER = ":x: {version} was not deployed to {environment}."


def escaped(text):
    """As Slack wants what could be its markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message(environment, version, result, url):
    """The body of the request."""
    text = WORDS.get(result, OTHER).format(environment=escaped(environment), version=escaped(version))
    return {"text": f"{text} <{url}|Log>"}


def main(arguments):
    if len(arguments) != 4:
        raise SystemExit("usage: slack.py ENVIRONMENT VERSION RESULT URL")
    webhook = os.environ.get("SLACK_WEBHOOK_URL", "")
    body = json.dumps(message(*arguments)).encode()
    if not webhook:
        print("SLACK_WEBHOOK_URL is not set; nobody is notified")
        return
    request = urllib.request.Request(webhook, data=body, headers={"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except OSError as error:
        # Without the address, which is a secret.
        print(f"Slack was not reached: {type(error).__name__}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
