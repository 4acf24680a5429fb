"""`make bench`: every benchmark, each in a process of its own, and the table of their ratios (quality.md §4)."""

import argparse
import os
import platform
import re
import subprocess
import sys
import time

# row, module, arguments for a small and for a full run
RUNS = (
    ("b", "benchmarks.ledger", ["800"], ["10000"]),
    ("f", "benchmarks.statements", ["10000"], ["100000"]),
    ("h", "benchmarks.case_queue", ["100", "2000"], ["10000", "100000"]),
    ("h", "benchmarks.rating", ["500"], ["10000"]),
    ("i", "benchmarks.webhooks", ["2000"], ["50000"]),
)
RATIO = re.compile(r"ratio ([0-9.]+) \(target (at most )?([0-9.]+)\)")


def machine() -> str:
    """What this ran on: processors, memory, system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{os.cpu_count()} processors, {memory} GB, {platform.machine()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit of the checkout, with a word when files differ from it."""
    said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True)
    return said.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=("small", "full"), default="small")
    size = parser.parse_args().size
    rows, began, failed = [], time.monotonic(), False
    for row, module, small, full in RUNS:
        arguments = full if size == "full" else small
        done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)
        print(done.stdout, end="", flush=True)
        found = RATIO.search(done.stdout)
        if done.returncode or not found:
            print(f"{row}  did not run: {done.stderr.strip().splitlines()[-1:]}", flush=True)
            rows.append((row, "-", "-", "did not run"))
            failed = True
            continue
        ratio, at_most, target = found.groups()
        is_reached = float(ratio) <= float(target) if at_most else float(ratio) >= float(target)
        rows.append((row, ratio, f"{'≤' if at_most else '≥'} {target}", "reached" if is_reached else "missed"))
    print(f"\n{'row':<5}{'ratio':>8}{'target':>8}  (quality.md §4; ratios count, seconds are only told)")
    for row, ratio, target, verdict in rows:
        print(f"{row:<5}{ratio:>8}{target:>8}  {verdict}")
    took = int(time.monotonic() - began)
    print(f"{machine()}; commit {commit()}; size {size}; {took // 60} min {took % 60} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
