"""Runs a command and prints what it took, as a line of JSON: wall and CPU seconds, peak memory.

Usage: measure.py NAME [--limit SECONDS] -- COMMAND...
The peak is that of the largest process. Output of the command is dropped.
"""
import json
import os
import signal
import sys
import time


def main(argv):
    name, rest = argv[0], argv[1:]
    limit = 0
    if rest[0] == "--limit":
        limit, rest = int(rest[1]), rest[2:]
    command = rest[1:]
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.execvp(command[0], command)
    timed_out = []

    def stop(*_):
        timed_out.append(True)
        os.killpg(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    _, status, usage = os.wait4(pid, 0)
    print(json.dumps({
        "name": name, "wall": round(time.monotonic() - start, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 2), "peak_mb": round(usage.ru_maxrss / 1024),
        "status": "stopped at the limit" if timed_out else os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
