"""Local Ray with two workers, one of them killed in the middle of a cell, gives the cells of a sequential run.

    python tests/tools/test_ray.py target/release/unlearn       (or UNLEARN=PROGRAM pytest tests/tools/test_ray.py)
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("UNLEARN", str(ROOT / "target/release/unlearn"))
PLAN = """
seeds = [1, 2, 3]
steps = 150
[[data]]
model = "model"
files = ["data"]
[[forget]]
standard = true
[[forget]]
users = [2, 3]
[[method]]
id = "e2urec"
"""
MEASURED = {"seconds", "peak_bytes", "wall_seconds", "host", "date"}


def small_data(folder):
    """40 users who start one after the other and like the items of their own parity, as in tests/rust/cli.rs."""
    folder.mkdir()
    ratings = ["userId,movieId,rating,timestamp"]
    for user in range(1, 41):
        for k in range(30):
            item = 1 + (user * 13 + k * 7) % 90
            ratings.append(f"{user},{item},{4.5 if (item + user) % 2 == 0 else 2.0},{1_000_000 + user * 400 + k * 97}")
    movies = ["movieId,title,genres"] + [f"{i},Film {i} ({1960 + i % 50}),{'Comedy' if i % 3 else 'Horror'}" for i in range(1, 91)]
    (folder / "ratings.csv").write_text("\n".join(ratings) + "\n")
    (folder / "movies.csv").write_text("\n".join(movies) + "\n")


def processes():
    """Every process as pid: (parent, title)."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            found[int(entry.name)] = (parent, (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except (OSError, IndexError):
            continue
    return found


def busy_workers(driver):
    """Ray workers below our own driver that run a cell right now: those with a child `unlearn`."""
    all_processes = processes()

    def ours(pid):
        while pid in all_processes and pid != driver:
            pid = all_processes[pid][0]
        return pid == driver

    running = [parent for parent, title in all_processes.values() if " --cell " in title and PROGRAM in title.split(" ")[0]]
    return [pid for pid in running if ours(pid) and "ray::" in all_processes.get(pid, (0, ""))[1]]


def timeless(value):
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if key not in MEASURED}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def cells(out):
    return {path.name: timeless(json.loads(path.read_text())) for path in (out / "cells").glob("[0-9a-f]*.json")}


def test_a_killed_worker_costs_nothing():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        small_data(folder / "data")
        train = [PROGRAM, "train", "--data", folder / "data", "--out", folder / "model", "--epochs", "1", "--batch", "32", "--quiet"]
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        plan = folder / "plan.toml"
        plan.write_text(PLAN)
        alone, spread = folder / "alone", folder / "spread"
        subprocess.run([PROGRAM, "compare", plan, "--out", alone, "--quiet"], check=True, stdout=subprocess.DEVNULL)

        tool = [sys.executable, str(ROOT / "tools/ray_compare.py"), plan, "--out", spread, "--unlearn", PROGRAM, "--workers", "2"]
        driver = subprocess.Popen(tool, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        killed, deadline = None, time.monotonic() + 180
        while killed is None and driver.poll() is None and time.monotonic() < deadline:
            # The Retrain is made before the cells: one more finished file says that cells run.
            if any((spread / "cells").glob("[0-9a-f]*.json")):
                for pid in busy_workers(driver.pid)[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed = pid
            time.sleep(0.02)
        try:
            _, said = driver.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            driver.kill()
            raise
        print(said)
        assert driver.returncode == 0, said
        assert killed is not None, "no worker was seen in the middle of a cell"
        found, expected = cells(spread), cells(alone)
        assert len(expected) == 6 and found == expected
        results = [timeless(json.loads((out / "result.json").read_text())) for out in (spread, alone)]
        for result in results:
            result.pop("created_with")
            for row in result["summary"]:
                row.pop("seconds_per_retrain")
        assert results[0] == results[1] and (spread / "report.html").is_file()
        print(f"killed worker {killed}; all {len(found)} cells are there and equal to a sequential run's")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROGRAM = str(Path(sys.argv[1]).resolve())
    test_a_killed_worker_costs_nothing()
