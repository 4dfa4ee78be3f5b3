#!/usr/bin/env python3
"""Whether a tag can be released, and its part of CHANGELOG.md, which is printed.

    notes.py v1.2.3

The tag is the version of Cargo.toml with a v before it; the changelog has a heading `## [1.2.3]`, and below it what is new;
the overlays name the version (k8s/released)."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def section(changelog, version):
    """What stands below the heading of a version; None without one."""
    match = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return match and match.group(1).strip()


def problems(root, tag):
    """What keeps a tag from being released."""
    cargo = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', (root / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    wrong = []
    if not re.fullmatch(r"v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", tag):
        wrong.append(f"{tag} is no tag of a release, such as v1.2.3")
    version = tag.removeprefix("v")
    if cargo != version:
        wrong.append(f"Cargo.toml is of {cargo}")
    if not section((root / "CHANGELOG.md").read_text(), version):
        wrong.append(f"CHANGELOG.md says nothing of {version}")
    if f"- VERSION={version}\n" not in (root / "k8s/released/kustomization.yaml").read_text():
        wrong.append(f"k8s/released/kustomization.yaml is not of {version}")
    return wrong


def main(tag):
    wrong = problems(ROOT, tag)
    if wrong:
        raise SystemExit("\n".join(wrong))
    print(section((ROOT / "CHANGELOG.md").read_text(), tag.removeprefix("v")))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: notes.py TAG")
    main(sys.argv[1])
