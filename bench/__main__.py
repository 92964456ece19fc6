"""python -m bench: measure the figures and print them as a table; `make bench` for short.

python -m bench                            every row
python -m bench --only describe --only run
python -m bench --quick --json now.json --compare earlier.json
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import report
from bench.report import Result
from bench.row import ROOT, CannotRun, Effort, Row
from bench.rows import ROWS


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 also when goals are missed, for a busy machine proves nothing; 1 with --strict."""
    wishes = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then, too
    rows = [row for row in ROWS if not wishes.only or row.name in wishes.only]
    earlier = report.read(wishes.compare) if wishes.compare else None
    if wishes.list:
        print(report.table([(row.name, row.what, row.against, row.goal_text) for row in rows]))
        return 0
    results = list(_measured(rows, quick=wishes.quick))
    print(report.table([report.HEADER, *map(report.line, results)]))
    if earlier is not None:
        print("\n" + report.table(report.compared(results, earlier)))
    if wishes.json:
        wishes.json.parent.mkdir(parents=True, exist_ok=True)
        wishes.json.write_text(json.dumps(report.document(results, quick=wishes.quick), indent=1) + "\n", "utf-8")
        print(f"\nall figures are in {wishes.json}")
    return int(wishes.strict and any(result.verdict == "MISSED" for result in results))


def _measured(rows: Iterable[Row], *, quick: bool) -> Iterable[Result]:
    """Each row's result; the rows are told of on standard error while they are measured."""
    # Below the checkout and not in /tmp, which may be memory: what is synced shall reach a disk.
    (ROOT / "build").mkdir(exist_ok=True)
    for row in rows:
        print(f"{row.name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
            try:
                yield Result(row, row.measure(Effort(Path(folder), quick)))
            except CannotRun as lack:
                yield Result(row, None, str(lack))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="What stratus costs, against raw alternatives."
    )
    names = [row.name for row in ROWS]
    parser.add_argument("--only", action="append", choices=names, metavar="ROW", help=f"one of: {', '.join(names)}")
    parser.add_argument("--list", action="store_true", help="print the rows and their goals, and measure nothing")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures in this file")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="hold the ratios against those of an earlier file")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
