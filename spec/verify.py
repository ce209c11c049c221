#!/usr/bin/env python3
"""A second verifier of Bailiwick's statements (see README.md in this folder).

verify.py vectors           runs every vector and prints `N passed, N failed`
verify.py chains FILE       reads generated chains, one a line, and prints one verdict a line
verify.py cases FILE        reads cases of any type, one a line, and prints one verdict a line, in JSON
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from verifier import vectors


def chain(text):
    return vectors.line(json.loads(text))


def case(text):
    return json.dumps(vectors.verdict(json.loads(text)))


def main(arguments):
    match arguments:
        case ["vectors"]:
            passed, failed = vectors.run(Path(__file__).parent / "vectors", print)
            print(f"{passed} passed, {failed} failed")
            return 1 if failed or not passed else 0
        case [("chains" | "cases") as what, file]:
            judge = chain if what == "chains" else case
            with open(file, encoding="utf-8") as lines, ProcessPoolExecutor(os.cpu_count()) as workers:
                for verdict in workers.map(judge, lines, chunksize=64):
                    print(verdict)
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
