"""All benchmarks, one after the other, each in a process of its own: `make bench`.

    python -m bench

Numbers are only worth keeping from a machine that does nothing else; each benchmark prints the load.
"""

import subprocess
import sys
from pathlib import Path

NAMES = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))


def main() -> int:
    """Run them; the number of those that failed."""
    failed = 0
    for name in NAMES:
        print(f"\n== python -m bench.{name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
