#!/usr/bin/env python3
"""What a number of monitors takes, from the figures that were measured. Without arguments it brings the table in
docs/OPERATIONS.md up to date; with some it answers for your installation:

    python3 deploy/capacity.py --monitors 50000 --interval 30 --raw-days 14 --hourly-days 90
"""

import argparse
from dataclasses import dataclass
from math import ceil
from pathlib import Path

OPERATIONS = Path(__file__).resolve().parents[1] / "docs/OPERATIONS.md"
START, END = "<!-- capacity -->\n", "\n<!-- /capacity -->"

# Bytes, measured: docs/BENCHMARKS.md, and tables and keys that were filled for the purpose.
RESULT_TODAY, RESULT_PACKED = 144, 117
HOUR, DAY_ROLLUP = 382, 382
MONITOR_ROWS = 148 + 805  # monitors, monitor_states
REDIS_MONITOR = 6_400  # state 0.6 KB, 60 points 5.2 KB, definition 0.6 KB
PINGER_MONITOR = 730
# A record on the log, by how many share a batch: one that is alone is hardly smaller than its JSON.
RECORD_LEAST, RECORD_BATCH = 95, 460
LINGER_SECONDS = 0.05

# Checks per CPU-second: 13 459 by HTTP were measured; a TLS handshake of 1 ms is an estimate.
CHECK_CPU_SECONDS = 1 / 13_459 + 0.001
# Results per second from the log into PostgreSQL: 39 120 were measured with 100 000 monitors and everything on two
# cores. A processor is counted with a fifth of that.
PROCESSOR = 39_120 / 5
PINGER_CPUS, PINGER_USE = 2, 0.5
# Records per second that an alerter folds: 862 069 per CPU-second were measured; counted with a fifth of that, too.
ALERTER = 862_069 / 5
# Assumed of the targets: how long a check takes, how many time out, and after how long.
CHECK_SECONDS, FAILING, TIMEOUT_SECONDS = 0.2, 0.1, 10
IN_FLIGHT = 4_096  # PROBE_MAX_IN_FLIGHT and PROBE_MAX_IN_FLIGHT_FAILING
KAFKA_DAYS = 7


@dataclass
class Installation:
    """What is to be run."""

    monitors: int
    interval: int = 60
    raw_days: int = 30
    hourly_days: int = 400

    @property
    def spare(self):
        """Pods of each kind, at the least: one on a single machine, else one may go."""
        return 1 if self.monitors <= 1_000 else 2

    @property
    def partitions(self):
        """KAFKA_PARTITIONS, as docs/OPERATIONS.md advises."""
        return 12 if self.monitors < 100_000 else 48

    @property
    def rate(self):
        """Results per second."""
        return self.monitors / self.interval

    @property
    def in_flight(self):
        """Checks at a time: those that succeed, those that time out."""
        return self.rate * (1 - FAILING) * CHECK_SECONDS, self.rate * FAILING * TIMEOUT_SECONDS

    @property
    def pingers(self):
        """Pods of two CPUs, used to a half."""
        by_cpu = self.pinger_cpus / (PINGER_CPUS * PINGER_USE)
        return max(self.spare, ceil(by_cpu), *(ceil(checks / IN_FLIGHT) for checks in self.in_flight))

    @property
    def pinger_cpus(self):
        """CPUs that all pingers use together."""
        return self.rate * CHECK_CPU_SECONDS

    @property
    def processors(self):
        """Pods, with one to spare."""
        return max(self.spare, ceil(self.rate / PROCESSOR) + self.spare - 1)

    @property
    def record(self):
        """Bytes of a result on the log. A batch holds what one pinger has for one partition within the linger."""
        batch = 1 + self.rate / self.pingers / self.partitions * LINGER_SECONDS
        return RECORD_LEAST + RECORD_BATCH / batch

    @property
    def kafka(self):
        """Bytes of one replica of the log."""
        return self.rate * self.record * 86_400 * KAFKA_DAYS

    @property
    def raw(self):
        """Bytes of single results; today's are not packed yet."""
        a_day = self.rate * 86_400
        return a_day * (RESULT_TODAY + (self.raw_days - 1) * RESULT_PACKED)

    @property
    def hourly(self):
        """Bytes of hourly rollups."""
        return self.monitors * 24 * HOUR * self.hourly_days

    @property
    def daily(self):
        """Bytes of daily rollups, per year."""
        return self.monitors * DAY_ROLLUP * 365

    @property
    def database(self):
        """Bytes of PostgreSQL after a year, without write-ahead log."""
        return self.raw + self.hourly + self.daily + self.monitors * MONITOR_ROWS

    @property
    def redis(self):
        """Bytes of keys; a rewrite of the append-only file takes as much again for a while."""
        return self.monitors * REDIS_MONITOR


def size(count):
    """Bytes as people say them, with two digits that count."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"
        count /= 1_000
    return f"{count:.1f} TB"


def spaced(number):
    """1 000 000"""
    return f"{number:,}".replace(",", " ")


COLUMNS = [
    ("monitors", lambda it: spaced(it.monitors)),
    ("results/s", lambda it: spaced(round(it.rate))),
    ("pingers, 2 CPU", lambda it: str(it.pingers)),
    ("memory of their monitors", lambda it: size(it.monitors * PINGER_MONITOR / it.pingers) + " each"),
    ("processors, 1 CPU", lambda it: str(it.processors)),
    ("Kafka, 7 days, each replica", lambda it: size(it.kafka)),
    ("PostgreSQL: results", lambda it: size(it.raw)),
    ("hours", lambda it: size(it.hourly)),
    ("days, per year", lambda it: size(it.daily)),
    ("in all", lambda it: size(it.database)),
    ("Redis", lambda it: size(it.redis)),
]


def table(installations):
    """A row for each."""
    lines = ["| " + " | ".join(name for name, _ in COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(cell(it) for _, cell in COLUMNS) + " |" for it in installations]
    return "\n".join(lines)


def update(text):
    """The text of docs/OPERATIONS.md with the table as it should be."""
    rows = table(Installation(monitors) for monitors in (1_000, 10_000, 100_000, 1_000_000))
    return text[: text.index(START) + len(START)] + rows + text[text.index(END) :]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int)
    parser.add_argument("--interval", type=int, default=60)
    parser.add_argument("--raw-days", type=int, default=30)
    parser.add_argument("--hourly-days", type=int, default=400)
    given = parser.parse_args()
    if given.monitors is None:
        OPERATIONS.write_text(update(OPERATIONS.read_text()))
    else:
        print(table([Installation(given.monitors, given.interval, given.raw_days, given.hourly_days)]))


if __name__ == "__main__":
    main()
