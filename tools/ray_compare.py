#!/usr/bin/env python3
"""Runs the cells of an `unlearn compare` plan on a Ray cluster and writes the same run folder that one computer would.

    pip install "ray>=2.9"
    cargo build --release -p unlearn-cli
    python tools/ray_compare.py bench/compare.toml --out runs/compare --unlearn target/release/unlearn

Without --address it joins the cluster named by RAY_ADDRESS, else a running one on this computer, else it starts Ray here
(--workers N for N cells at a time). Each task is one cell: it runs `unlearn compare PLAN --cell KEY --out DIR` on its worker and returns the
cell's JSON, which this program writes to DIR/cells/KEY.json. A cell whose worker is killed is run again (--retries); one that fails is told
of and the others go on; finished cells are skipped, so the same call resumes. In the end `unlearn compare PLAN --merge` writes the tables.

Every node needs the program, the plan, the model packages and the data at the same paths; the run folder need not be shared, but where it is,
a Retrain that several cells need is trained once and not once a node.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import ray


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--out", type=Path, help="run folder [default: runs/NAME, by the plan's file name]")
    parser.add_argument("--unlearn", type=Path, default=Path("target/release/unlearn"), help="the program, on every node")
    parser.add_argument("--address", help="of a Ray cluster")
    parser.add_argument("--workers", type=int, help="start Ray here with so many workers")
    parser.add_argument("--retries", type=int, default=3, help="of a cell whose worker died")
    args = parser.parse_args()
    args.plan, args.unlearn = args.plan.resolve(), args.unlearn.resolve()
    args.out = (args.out or Path("runs") / args.plan.stem).resolve()
    if not args.unlearn.is_file():
        parser.error(f"{args.unlearn}: no such program; build it or name it by --unlearn")
    return args


def connect(args):
    """Joins a cluster or starts one; logs of workers stay where they are."""
    options = {"log_to_driver": False, "include_dashboard": False, "logging_level": "warning"}
    if args.workers:
        ray.init(address="local", num_cpus=args.workers, **options)
        return
    try:
        joining = {key: value for key, value in options.items() if key != "include_dashboard"}
        ray.init(address=args.address or "auto", **joining)
    except ConnectionError:
        if args.address:
            raise
        ray.init(address="local", **options)


@ray.remote(num_cpus=1)
def run_cell(command, folder):
    """One cell or Retrain in a process of its own. That process reads this one's pipe and ends with it: a killed worker leaves none behind."""
    child = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answer, said = child.stdout.read(), child.stderr.read()
    code = child.wait()
    child.stdin.close()
    return {"code": code, "answer": answer, "said": said.strip(), "pid": os.getpid(), "node": os.uname().nodename}


def write(path, text):
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def run_all(entries, args):
    """Runs entries of `--list` and returns how many failed."""
    task = run_cell.options(max_retries=args.retries)
    base = [str(args.unlearn), "compare", str(args.plan), "--out", str(args.out), "--watch", "--quiet", "--cell"]
    waiting = {task.remote([*base, entry["key"]], os.getcwd()): entry for entry in entries}
    failed = 0
    while waiting:
        [done], _ = ray.wait(list(waiting), num_returns=1)
        entry = waiting.pop(done)
        try:
            result = ray.get(done)
        except ray.exceptions.RayError as error:
            result = {"code": None, "said": f"{type(error).__name__}: {error}"}
        if result["code"] != 0:
            failed += 1
            print(f"failed: {entry['name']}: {result['said']}", file=sys.stderr, flush=True)
            continue
        if entry["kind"] == "cell":
            record = json.loads(result["answer"])
            if record["key"] != entry["key"]:
                raise SystemExit(f"asked for cell {entry['key']}, got {record['key']}: do all nodes have the same program and model?")
            write(args.out / "cells" / f"{entry['key']}.json", result["answer"])
        print(f"done: {entry['name']} (process {result['pid']} on {result['node']}, {len(waiting)} left)", file=sys.stderr, flush=True)
    return failed


def main():
    args = arguments()
    compare = [str(args.unlearn), "compare", str(args.plan), "--out", str(args.out)]
    listed = subprocess.run([*compare, "--list", "--json"], check=False, capture_output=True, text=True)
    if listed.returncode:
        print(listed.stderr.strip(), file=sys.stderr)
        return listed.returncode
    # Settings of equal values share a cell.
    left = {entry["key"]: entry for entry in json.loads(listed.stdout) if entry["state"] == "left"}
    cells = [entry for entry in left.values() if entry["kind"] == "cell"]
    needed = {entry["needs"] for entry in cells}
    references = [entry for entry in left.values() if entry["kind"] == "reference" and entry["key"] in needed]
    failed = 0
    if cells:
        connect(args)
        # A Retrain that fails is trained again, and told of, by each cell that needs it.
        run_all(references, args)
        failed = run_all(cells, args)
        ray.shutdown()
    merged = subprocess.run([*compare, "--merge"], check=False)
    return 1 if failed else merged.returncode


if __name__ == "__main__":
    sys.exit(main())
