"""Kills the console and a sensor with SIGKILL at random moments under load, and checks that nothing that was
acknowledged is lost and nothing is there twice.

Usage: kill_driver.py WEIR FLEET SBOM FOLDER KILLS [SEED]

Load: a simulated fleet that scans again and again and writes down every record that was acknowledged, and a
real sensor on this host. Truth: the list of acknowledged scans, and a second console that the same fleet
fills without a single kill.
"""
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time

from console_client import Console

HOSTS, CONTAINERS, PACKAGES = 12, 3, 150


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A child that is started again after it was killed."""

    def __init__(self, command, log):
        self.command, self.log, self.process = command, log, None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.command[1]} ended by itself with {self.process.returncode}: see {self.log}")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise RuntimeError(f"{self.command[1]} did not end within 30 s of SIGTERM") from None


class Site:
    """A console in a folder of its own."""

    def __init__(self, weir, folder):
        os.makedirs(folder)
        self.folder, self.port = folder, free_port()
        self.data = os.path.join(folder, "data")
        self.program = Program([weir, "console", "--offline", "--data-dir", self.data, "--listen", f"127.0.0.1:{self.port}"],
                               os.path.join(folder, "console.log"))
        self.program.start()
        ca_file = os.path.join(self.data, "tls", "ca.pem")
        password = self.await_text("one-time password: ")
        self.await_file(ca_file)
        self.client = Console(f"https://127.0.0.1:{self.port}", ca_file)
        self.await_ready()
        self.client.first_login(password)
        for number, name in enumerate(["zlib", "openssl", "bash", "coreutils", "perl", "glibc", "util-linux"]):
            self.client.post("/api/v1/advisories", {
                "id": f"TEST-2026-{number}", "modified": "2026-11-26T00:00:00Z", "summary": f"a weakness of {name}",
                "affected": [{"package": {"ecosystem": "Debian:12", "name": name}, "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999:9"}]}]}]})
        self.token = self.client.post("/api/v1/enrolment-tokens", {"name": "kill", "max_uses": 1000})["token"]

    def await_text(self, mark):
        end = time.time() + 30
        while time.time() < end:
            with open(self.program.log, encoding="utf-8", errors="replace") as log:
                for line in log:
                    if mark in line:
                        return line.split(mark)[1].split()[0]
            time.sleep(0.05)
        raise RuntimeError(f"no \"{mark}\" in {self.program.log}")

    @staticmethod
    def await_file(path):
        end = time.time() + 30
        while not os.path.exists(path):
            if time.time() > end:
                raise RuntimeError(f"{path} was not made")
            time.sleep(0.05)

    def await_ready(self):
        end = time.time() + 60
        while time.time() < end:
            try:
                if self.client.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError("the console is not ready after a minute")

    def fleet(self, fleet, sbom, seconds, rescan):
        return subprocess.Popen(
            [fleet, "--console", f"127.0.0.1:{self.port}", "--token", self.token, "--sbom", sbom, "--hosts",
             str(HOSTS), "--containers", str(CONTAINERS), "--packages", str(PACKAGES), "--images", "6", "--processes",
             "10", "--seconds", str(seconds), "--rescan", str(rescan), "--threads", "3", "--acks",
             os.path.join(self.folder, "acks"), "--seed", "7"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def findings(self):
        """Of the simulated assets, by name: what a user sees, with nothing that numbers could hide."""
        out = {}
        for row in self.client.all("/api/v1/findings"):
            if not row["asset_name"].startswith(("sim-", "c")):
                continue
            key = (row["asset_name"], row["vulnerability"], row["package_name"], row["package_version"])
            if key in out:
                raise AssertionError(f"there twice: {key}")
            out[key] = (row["severity"], row["score"])
        return out

    def database(self):
        return sqlite3.connect(f"file:{self.data}/state.db?mode=ro", uri=True)


def check(condition, text):
    if not condition:
        raise AssertionError(text)
    print("ok:", text, flush=True)


def verify(site, real_name):
    with open(os.path.join(site.folder, "acks"), encoding="ascii") as acks:
        rows = [line.rstrip("\n").split("\t") for line in acks]
    acknowledged = [row[3] for row in rows if row[2] == "scan"]
    check(len(rows) == len({(row[0], row[1]) for row in rows}), f"{len(rows)} records acknowledged, each once")
    with site.database() as db:
        stored = [key for (key,) in db.execute("SELECT key FROM scan")]
        duplicates = db.execute("SELECT key, count(*) FROM scan GROUP BY asset, key HAVING count(*) > 1").fetchall()
    check(len(acknowledged) > HOSTS * (CONTAINERS + 1), f"{len(acknowledged)} scans were acknowledged")
    missing = set(acknowledged) - set(stored)
    check(not missing, f"every acknowledged scan is stored ({len(missing)} missing)")
    check(not duplicates, f"no scan is there twice among {len(stored)}")
    assets = [(a["kind"], a["name"]) for a in site.client.all("/api/v1/assets") if a["name"].startswith(("sim-", "c"))
              and a["kind"] in ("host", "container")]
    simulated = [a for a in assets if a[1].startswith("sim-") or a[1][1:2].isdigit()]
    check(len(simulated) == HOSTS * (CONTAINERS + 1) == len(set(simulated)),
          f"{len(simulated)} simulated assets, each once")
    real = [a for a in site.client.all("/api/v1/assets?kind=host") if a["name"] == real_name]
    check(len(real) == 1, "the real host is there once")
    check(real[0]["packages"] > 0, f"and has {real[0]['packages']} packages")
    return real[0]


def main(argv):
    weir, fleet, sbom, folder, kills = argv[0], argv[1], argv[2], argv[3], int(argv[4])
    seed = int(argv[5]) if len(argv) > 5 else int(time.time())
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    site = Site(weir, os.path.join(folder, "killed"))
    programs = [site]
    real_name = "killed-host"
    sensor = Program([weir, "sensor", "--console", f"https://127.0.0.1:{site.port}", "--token", site.token, "--name",
                      real_name, "--data-dir", os.path.join(folder, "sensor")] + os.environ.get("SENSOR_FLAGS", "").split(),
                     os.path.join(folder, "sensor.log"))
    try:
        sensor.start()
        load = site.fleet(fleet, sbom, max(20, kills), 15)
        time.sleep(2)
        for number in range(kills):
            time.sleep(dice.uniform(0.05, 1.5))
            victim = dice.choice([site.program, site.program, sensor])
            victim.kill()
            time.sleep(dice.choice([0, 0, 0.3]))
            victim.start()
        print(f"killed {kills} times", flush=True)
        site.await_ready()
        text, _ = load.communicate(timeout=kills * 3 + 300)
        print(text, flush=True)
        check(load.returncode == 0, "the fleet got everything acknowledged in the end")
        end = time.time() + 180
        while time.time() < end:
            hosts = [a for a in site.client.all("/api/v1/assets?kind=host") if a["name"] == real_name]
            if hosts and hosts[0]["packages"] > 0:
                break
            time.sleep(1)
        verify(site, real_name)

        clean = Site(weir, os.path.join(folder, "clean"))
        programs.append(clean)
        load = clean.fleet(fleet, sbom, 0, 0)
        text, _ = load.communicate(timeout=300)
        check(load.returncode == 0, "the same fleet filled a console that nobody killed")
        one, other = site.findings(), clean.findings()
        check(len(other) > 0, f"{len(other)} findings there")
        check(one == other, f"the killed console shows the same findings ({len(set(one) ^ set(other))} differ)")
    finally:
        sensor.stop()
        for each in programs:
            each.program.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
