"""Fails on an include that the design does not allow, on a header that is not
self-contained in name (no #pragma once), on a file that has grown too long, and
on heavy third-party headers in our own headers.

Usage: architecture.py ROOT
"""
import pathlib
import re
import sys

# Who may include whom. An engine never includes another engine.
ENGINES = {"sbom", "advisory", "discovery", "rank", "report", "secret", "malware"}
GROUND = {"base", "model", "net", "target"}
ALLOWED = {
    "base": set(),
    "model": {"base"},
    "wire": {"base", "model"},
    "store": {"base", "model"},
    "net": {"base", "model"},
    "target": {"base", "model", "net"},
    **{engine: GROUND for engine in ENGINES},
    "scan": GROUND | {"sbom", "advisory", "discovery", "rank", "secret", "malware"},
    "sensor": GROUND | {"wire", "sbom", "discovery", "rank", "secret", "malware", "scan"},
    "console": GROUND | {"wire", "store", "advisory", "rank", "report", "secret", "malware"},
    "cli": GROUND | ENGINES | {"wire", "store", "scan", "sensor", "console"},
}
HEAVY = ("CLI/", "simdjson", "nlohmann/json.hpp", "curl/", "yaml-cpp", "boost/", "spdlog", "sqlite3", "archive.h",
         "pugixml", "toml++", "openssl/", "argon2", "hs/", "hs.h", "re2/", "pcre2", "yara", "seccomp", "git2")
MAX_LINES = {".cc": 600, ".h": 300}


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def main(root):
    faults = []
    files = sorted(p for p in (root / "src").rglob("*") if p.suffix in (".cc", ".h"))
    for path in files:
        name = path.relative_to(root)
        room = path.relative_to(root / "src").parts[0]
        if room not in ALLOWED:
            faults.append(f"{name}: room {room} is not in the table")
            continue
        lines = path.read_text().count("\n")
        if lines > MAX_LINES[path.suffix] and not path.stem.endswith(("_table", "_test")):
            faults.append(f"{name}: {lines} lines, more than {MAX_LINES[path.suffix]}: is there an idea to split by?")
        if path.suffix == ".h" and "#pragma once" not in path.read_text():
            faults.append(f"{name}: no #pragma once")
        for number, own, target in includes(path):
            other = target.split("/")[0]
            if target == "version.h" and room == "cli":  # made by the build
                continue
            if own and other != room and other not in ALLOWED[room]:
                faults.append(f"{name}:{number}: {room} must not include {target}")
            if path.suffix == ".h" and not own and target.startswith(HEAVY):
                faults.append(f"{name}:{number}: heavy header {target} belongs in a .cc")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"architecture: {len(files)} files, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
