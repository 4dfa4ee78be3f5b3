"""The metrics of the product, out of the Rust sources.

Run as a program it brings the table in docs/OPERATIONS.md up to date: python3 deploy/tests/metrics.py
"""

import functools
import re
from dataclasses import dataclass, field

from project import ROOT

FOLDERS = ["shared", "broker", "intake", "pinger", "processor", "alerter", "gateway", "user-service", "all-in-one"]
CONSTANT = re.compile(r"const (\w+): &str = \"(uptime_\w+)\"")
DESCRIBE = re.compile(r"describe_(counter|gauge|histogram)!\(\s*(?:(?:\w+::)*(\w+)|\"(\w+)\")\s*,\s*(?:(?:metrics::)?Unit::\w+\s*,\s*)?\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
USE = re.compile(r"\b(?:counter|gauge|histogram)!\(\s*(?:(?:\w+::)*(\w+)|\"(\w+)\")((?:\s*,\s*\"\w+\"\s*=>\s*[^,()]*(?:\([^()]*\))?[^,()]*)*)")
# The families of single monitors, which the processor writes by itself.
FAMILY = re.compile(r"name: \"(uptime_\w+)\",\s*kind: \"(\w+)\",\s*meaning: \"([^\"]*)\",\s*labels: (\w+)")
LABELS = re.compile(r"const (\w+): &\[&str\] = &\[([^\]]*)\]")
# What Prometheus itself adds, and to pingers what tells those of further regions apart.
TARGET_LABELS = {"job", "instance", "le"}
PINGER_LABELS = {"region"}
# The labels of metrics that are not ours.
OTHERS = {"kube_cronjob_": {"namespace", "cronjob"}, "kube_job_": {"namespace", "job_name", "condition"}}
# In PromQL, a word that is followed by one of these is no metric.
METRIC = re.compile(r"\buptime_\w+")


@dataclass
class Metric:
    """A metric as the sources describe and use it."""

    name: str
    kind: str
    meaning: str
    service: str
    labels: set = field(default_factory=set)

    def series(self):
        """The names under which it is scraped."""
        if self.kind == "histogram":
            return {f"{self.name}_{suffix}" for suffix in ("bucket", "sum", "count")}
        return {self.name}

    def scraped_labels(self):
        """Its labels as Prometheus stores them: one that a target has already is renamed."""
        added = TARGET_LABELS | (PINGER_LABELS if self.service == "pinger" else set())
        return {f"exported_{label}" if label in added else label for label in self.labels} | added


def _sources(folder):
    for path in sorted((ROOT / folder / "src").rglob("*.rs")):
        yield path.read_text().split("#[cfg(test)]")[0]


@functools.cache
def described():
    """Every metric that the sources describe, by its name."""
    found = {}
    for folder in FOLDERS:
        texts = list(_sources(folder))
        constants = dict(pair for text in texts for pair in CONSTANT.findall(text))
        for text in texts:
            for kind, constant, literal, meaning in DESCRIBE.findall(text):
                name = literal or constants[constant]
                found[name] = Metric(name, kind, " ".join(meaning.replace("\\\n", "").split()), folder)
        for text in texts:
            lists = {name: set(re.findall(r"\w+", labels)) for name, labels in LABELS.findall(text)}
            for name, kind, meaning, labels in FAMILY.findall(text):
                found[name] = Metric(name, kind, meaning, folder, lists[labels])
        for text in texts:
            for constant, literal, labels in USE.findall(text):
                name = literal or constants.get(constant)
                if name in found:
                    found[name].labels |= set(re.findall(r"\"(\w+)\"\s*=>", labels))
    return found


def used():
    """Every name of ours that is counted, set or recorded."""
    names = set()
    for folder in FOLDERS:
        texts = list(_sources(folder))
        constants = dict(pair for text in texts for pair in CONSTANT.findall(text))
        for text in texts:
            names |= {name for name, *_ in FAMILY.findall(text)}
            for constant, literal, _ in USE.findall(text):
                name = literal or constants.get(constant)
                if name and name.startswith("uptime_"):
                    names.add(name)
    return names


def by_series():
    """Every name that a scrape can hold, with its metric."""
    return {series: metric for metric in described().values() for series in metric.series()}


def problems(expression):
    """What is wrong with the metrics and labels of an expression."""
    known, wrong, labels = by_series(), [], TARGET_LABELS | {"alertname", "alertstate", "severity"}
    if re.search(r"\bup\b", expression):
        labels |= PINGER_LABELS
    for match in METRIC.finditer(expression):
        name = match.group()
        metric = known.get(name)
        if metric is None:
            wrong.append(f"there is no {name}")
            continue
        labels |= metric.scraped_labels()
        selector = re.match(r"\{([^}]*)\}", expression[match.end() :])
        if selector:
            for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector.group(1)):
                if label not in metric.scraped_labels():
                    wrong.append(f"{name} has no label {label}")
    labels |= {label for prefix, added in OTHERS.items() if re.search(rf"\b{prefix}", expression) for label in added}
    for group in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", expression):
        for label in filter(None, (part.strip() for part in group.split(","))):
            if label not in labels:
                wrong.append(f"nothing has a label {label}")
    return wrong


def table():
    """The table of docs/OPERATIONS.md."""
    lines = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in sorted(described().values(), key=lambda metric: metric.name):
        labels = ", ".join(f"`{label}`" for label in sorted(metric.labels)) or "–"
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |")
    return "\n".join(lines)


def update(text):
    """The text of docs/OPERATIONS.md with the table as it should be."""
    start, end = "<!-- metrics -->\n", "\n<!-- /metrics -->"
    return text[: text.index(start) + len(start)] + table() + text[text.index(end) :]


if __name__ == "__main__":
    OPERATIONS = ROOT / "docs/OPERATIONS.md"
    OPERATIONS.write_text(update(OPERATIONS.read_text()))
