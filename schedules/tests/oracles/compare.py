"""Asks cronsim and oncalendar about schedules, one JSON object per line of the input, and compares their answers with ours.

The last lines are a summary; the exit code is 1 if there are differences that none of the known reasons explains.
"""

import json
import signal
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import tzdata
from cronsim import CronSim, CronSimError
from oncalendar import OnCalendar, OnCalendarError

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
HALF_A_DAY = timedelta(hours=12)
# So far the clock on the wall is followed, minute by minute, to see which of two is right.
WALK = 4 * 24 * 60
# chrono-tz knows the shifts up to here.
LAST_SHIFT = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
SHOWN = 5
# Seconds of computing after which an answer is given up.
PATIENCE = 10
# As many as ours are.
INSTANTS = 10


NO_ANSWER = f"theirs does not answer within {PATIENCE} s"


class NoAnswer(Exception):
    pass


def give_up(*_):
    raise NoAnswer


def cron(case, start):
    if len(case["expression"].split()) != 5:
        raise CronSimError("cronsim takes six fields as well")
    return CronSim(case["expression"], start)


def on_calendar(case, start):
    lines = case["expression"].strip().split("\n")
    if len(lines) > 1:
        # The package finds out by local times which line is next, and those go back.
        start = start.astimezone(UTC)
        if not case["zoned"]:
            lines = [f"{line} {case['zone']}" for line in lines]
    return OnCalendar("\n".join(lines), start)


def ask(case):
    """Their instants; None if they refuse the expression."""
    start = datetime.fromtimestamp(case["start"], ZoneInfo(case["zone"]))
    try:
        iterator = (cron if case["kind"] == "cron" else on_calendar)(case, start)
        return [at.timestamp() for at in islice(iterator, INSTANTS)]
    except (CronSimError, OnCalendarError, AssertionError):
        return None


def by_the_clock(case, begin):
    """When the clock on the wall shows what a cron expression says, by walking over minutes."""
    zone = ZoneInfo(case["zone"])
    parsed = CronSim(case["expression"], datetime(2026, 1, 1))
    found = []
    for minute in range(1, WALK):
        at = begin + minute * MINUTE
        local = at.astimezone(zone)
        if (
            local.minute in parsed.minutes
            and local.hour in parsed.hours
            and local.month in parsed.months
            and parsed.match_day(local.date())
        ):
            found.append(at.timestamp())
    return found


def odd_shift(case, begin):
    """Why cronsim, which goes to the next whole hour by the minute and to midnight, is wrong about a shift."""
    zone = ZoneInfo(case["zone"])
    for minute in range(-1440, WALK):
        at = begin + minute * MINUTE
        before, after = (at - MINUTE).astimezone(zone), at.astimezone(zone)
        shift = after.utcoffset() - before.utcoffset()
        if shift and (shift.total_seconds() % 3600 or after.minute):
            return "cron: the clock is moved by or at a part of an hour (cronsim steps by whole hours)"
        if shift > timedelta(0) and before.date() != after.date():
            return "cron: the clock skips midnight (cronsim takes it for a time)"
    return None


def reason(case, theirs):
    """What explains a difference; None if nothing does."""
    ours = case["ours"]
    if ours is None or theirs is None:
        if case["kind"] == "cron" and "L" in case["expression"].upper() and theirs is not None:
            fields = case["expression"].upper().split()
            if any(item.startswith(("L/", "LW/")) for item in fields[2].split(",")):
                return "cron: `L/2` is refused (cronsim drops the step)"
        return None
    later = [at for at in theirs if at > case["start"]]
    if len(later) < len(theirs):
        same = min(len(later), len(ours))
        if later[:same] == ours[:same]:
            return f"{case['kind']}: asked between two passes of the clock (theirs is in the past)"
    if case["kind"] == "cron" and any(field.startswith("*") for field in case["expression"].split()[:2]):
        first = min(min(pair) for pair in zip(ours, theirs) if pair[0] != pair[1])
        begin = max(datetime.fromtimestamp(case["start"], UTC), datetime.fromtimestamp(first, UTC) - HALF_A_DAY)
        begin = begin.replace(second=0)
        # Ten of ours may end before the walk does.
        end = min((begin + WALK * MINUTE).timestamp(), ours[-1] + 1)
        walked = [at for at in by_the_clock(case, begin) if at < end]
        return odd_shift(case, begin) if walked == [at for at in ours if begin.timestamp() < at < end] else None
    same = [(a, b) for a, b in zip(ours, theirs) if a < LAST_SHIFT or b < LAST_SHIFT]
    if all(a == b for a, b in same) and len(ours) == len(theirs):
        return f"{case['kind']}: after 2099 (no summer time is known here)"
    return None


def main():
    signal.signal(signal.SIGVTALRM, give_up)
    counts, reasons, examples, unexplained = Counter(), Counter(), {}, []
    for line in sys.stdin:
        case = json.loads(line)
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        try:
            theirs = ask(case)
        except NoAnswer:
            reasons[NO_ANSWER] += 1
            examples.setdefault(NO_ANSWER, case)
            continue
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        counts[case["kind"]] += 1
        counts["refused"] += theirs is None and not case["ours"]
        # Of some expressions cronsim says when reading them that they never come, of others later.
        if theirs == case["ours"] or (not theirs and case["ours"] == []):
            continue
        why = reason(case, theirs)
        if why:
            reasons[why] += 1
            examples.setdefault(why, case)
        else:
            unexplained.append((case, theirs))
    print(f"cronsim and oncalendar, IANA {tzdata.IANA_VERSION}:", dict(counts))
    for why, count in sorted(reasons.items()):
        case = examples[why]
        print(f"  {count} x {why}: {case['expression']!r} in {case['zone']} from {case['start']}")
    print(f"  {len(unexplained)} unexplained differences")
    for case, theirs in unexplained[:SHOWN]:
        print(json.dumps(case), "theirs:", theirs)
    return 1 if unexplained else 0


sys.exit(main())
