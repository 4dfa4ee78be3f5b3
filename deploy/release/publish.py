#!/usr/bin/env python3
"""Gives images their tags that were pushed by digest, one file of metadata for each architecture (docker buildx bake
--metadata-file). Prints a line `name digest` for each, of the index over all architectures.

    publish.py --registry ghcr.io/acme --tag 1.2.3 --tag 0123456789ab metadata-amd64.json metadata-arm64.json
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digests(files):
    """Of each image the digests by architecture; an image that one of them lacks is an error."""
    found = {}
    for file in files:
        metadata = json.loads(Path(file).read_text())
        built = {name: about["containerimage.digest"] for name, about in metadata.items() if isinstance(about, dict) and "containerimage.digest" in about}
        for name, digest in built.items():
            if not DIGEST.fullmatch(digest):
                raise SystemExit(f"{file}: {name} has no digest: {digest}")
            found.setdefault(name, []).append(digest)
    if not found:
        raise SystemExit("no image was built")
    for name, known in found.items():
        if len(known) != len(files):
            raise SystemExit(f"{name} was built for {len(known)} of {len(files)} architectures")
    return found


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--tag", action="append", required=True)
    parser.add_argument("files", nargs="+")
    given = parser.parse_args(arguments)
    # All of them are known before the first gets its tag.
    for name, parts in sorted(digests(given.files).items()):
        image = f"{given.registry}/{name}"
        tags = [word for tag in given.tag for word in ("--tag", f"{image}:{tag}")]
        subprocess.run(["docker", "buildx", "imagetools", "create", *tags, *(f"{image}@{digest}" for digest in parts)], check=True, stdout=sys.stderr)
        shown = subprocess.run(["docker", "buildx", "imagetools", "inspect", f"{image}:{given.tag[0]}", "--format", "{{.Manifest.Digest}}"], check=True, capture_output=True, text=True)
        print(name, shown.stdout.strip())


if __name__ == "__main__":
    main(sys.argv[1:])
