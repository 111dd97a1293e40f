"""Prints each program's figures as multiples of weir's, from the lines of measure.py.

Usage: ratios.py RESULTS.jsonl
"""
import json
import sys


def main(path):
    rows = {}
    for line in open(path):
        row = json.loads(line)
        rows[row["name"]] = row
    for base in ("weir-gitleaks-rules", "weir-pack"):
        if base not in rows:
            continue
        own = rows[base]
        print(f"{base}: {own['wall']} s, CPU {own['cpu']} s, {own['peak_mb']} MB")
        for name, row in rows.items():
            if name.startswith("weir"):
                continue
            print(f"  {name}: {row['wall'] / own['wall']:.1f} x time, {row['cpu'] / own['cpu']:.1f} x CPU, "
                  f"{row['peak_mb'] / own['peak_mb']:.1f} x memory ({row['wall']} s, {row['cpu']} s, "
                  f"{row['peak_mb']} MB; status {row['status']})")


if __name__ == "__main__":
    main(sys.argv[1])
