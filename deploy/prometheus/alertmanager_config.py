#!/usr/bin/env python3
"""The routes and inhibitions of deploy/alertmanager/alertmanager.yml as the AlertmanagerConfig of the production overlay, on
standard output. Called by sync.sh."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
MATCHER = re.compile(r"""'(\w+)(=~|!=|!~|=)"([^"]*)"'""")


def matchers(text):
    """As the operator wants them."""
    # `=` is what is meant without a type, and YAML has a meaning of its own for it.
    words = ((name, "" if how == "=" else f", matchType: '{how}'", value) for name, how, value in MATCHER.findall(text))
    return "[" + ", ".join(f"{{name: {name}{how}, value: '{value}'}}" for name, how, value in words) + "]"


def main():
    text = (HERE.parent / "alertmanager/alertmanager.yml").read_text()
    rules = text[text.index("inhibit_rules:") :]
    print(
        """# Written by deploy/prometheus/sync.sh from deploy/alertmanager/alertmanager.yml. Alertmanager's matcher strategy may stay
# OnNamespace: every alert of ours has the label `namespace`. The secret `alertmanager-slack` holds the incoming webhook:
# kubectl -n uptime create secret generic alertmanager-slack --from-literal=url=https://hooks.slack.com/services/...
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {name: uptime}
spec:
  route:
    receiver: slack
    groupBy: [alertname]
    groupWait: 15s
    groupInterval: 2m
    repeatInterval: 4h
    routes:
      # Nobody is to hear of it; see its runbook for where to send it.
      - {receiver: none, matchers: [{name: alertname, value: Watchdog}], groupInterval: 30s, repeatInterval: 50s}
      - {receiver: slack, matchers: [{name: severity, value: critical}], repeatInterval: 1h}
  receivers:
    - name: none
    - name: slack
      slackConfigs:
        - apiURL: {name: alertmanager-slack, key: url}
          channel: '#alerts'
          sendResolved: true
          title: '{{ .Status }}: {{ .CommonLabels.alertname }}'
          text: '{{ range .Alerts }}{{ .Annotations.summary }}. {{ .Annotations.description }} <{{ .Annotations.runbook_url }}|Runbook>{{ "\\n" }}{{ end }}'
  inhibitRules:"""
    )
    for rule in re.split(r"^  - ", rules, flags=re.MULTILINE)[1:]:
        source, target = re.search(r"source_matchers: (.*)", rule), re.search(r"target_matchers: (.*)", rule)
        equal = re.search(r"equal: (.*)", rule)
        print(f"    - sourceMatch: {matchers(source.group(1))}")
        print(f"      targetMatch: {matchers(target.group(1))}")
        if equal:
            print(f"      equal: {equal.group(1)}")


if __name__ == "__main__":
    main()
