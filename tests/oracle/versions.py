#!/usr/bin/env python3
"""Compares `weir db compare` with each ecosystem's own tool on many version pairs.

Not part of the test suite: it needs the tools. What it finds goes into
tests/data/advisory/versions/SCHEME.txt, which the unit test reads.

    tests/oracle/versions.py --weir build/debug/weir --tools DIR [--count 4000] [--seed 1] [scheme ...]

DIR holds what no Debian package has:
    npm/node_modules/semver     npm install semver
    maven-artifact.jar          org.apache.maven:maven-artifact
    go/                         a module that requires golang.org/x/mod
and this interpreter can import `packaging`. From Debian: dpkg, python3-rpm, ruby,
php-composer-semver, a JDK. apk and NuGet have no tool on Debian: for them the rules are
written down here a second time, as a comparison of pairs instead of keys.

With WEIR_DATA, half of the versions come from the OSV records in it.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import zipfile

OPS = {-1: "<", 0: "=", 1: ">"}


def run(command, text, accept=(0,), **kwargs):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, **kwargs)
    if done.returncode not in accept:
        sys.exit(f"{command[0]} failed: {done.stderr[:2000]}")
    return done.stdout.split("\n")[:-1]


def lines(pairs):
    return "".join(f"{a} {b}\n" for a, b in pairs)


def sign(number):
    return OPS[(number > 0) - (number < 0)]


# --- References: pairs in, '<' '=' '>' or '?' (the tool refuses one of them) out. ---

def deb(pairs, _):
    script = ('while read -r a b; do if dpkg --compare-versions "$a" lt "$b" 2>/dev/null; then echo "<"; '
              'elif dpkg --compare-versions "$a" eq "$b" 2>/dev/null; then echo "="; '
              'elif dpkg --compare-versions "$a" gt "$b" 2>/dev/null; then echo ">"; else echo "?"; fi; done')
    return run(["sh", "-c", script], lines(pairs))


def rpm(pairs, _):
    script = ("import rpm, sys\n"
              "for line in sys.stdin:\n"
              "    a, b = (rpm.ver(v) for v in line.split())\n"
              "    print('<' if a < b else '>' if a > b else '=')\n")
    return run(["/usr/bin/python3", "-c", script], lines(pairs))


def npm(pairs, tools, loose="true"):
    script = ("const s=require('semver');require('readline').createInterface({input:process.stdin}).on('line',l=>{"
              "const [a,b]=l.split(' ');const four=/^[v=]*\\d+(\\.\\d+){2}\\./;if(four.test(a)||four.test(b)){"
              "console.log('?');return}"  # loose mode splits the digits of "1.2.10.0" into 1.2.1-0.0
              "try{const c=s.compare(a,b,%s);console.log(c<0?'<':c>0?'>':'=')}"
              "catch(e){console.log('?')}})" % loose)
    return run(["node", "-e", script], lines(pairs), cwd=tools / "npm")


def semver(pairs, tools):
    return npm(pairs, tools, "false")


def pep440(pairs, _):
    from packaging.version import InvalidVersion, Version
    out = []
    for a, b in pairs:
        try:
            a, b = Version(a), Version(b)
            out.append(sign((a > b) - (a < b)))
        except InvalidVersion:
            out.append("?")
    return out


def maven(pairs, tools):
    source = ("import org.apache.maven.artifact.versioning.ComparableVersion;"
              "public class Ask{public static void main(String[] x)throws Exception{"
              "var in=new java.io.BufferedReader(new java.io.InputStreamReader(System.in));"
              "for(String l;(l=in.readLine())!=null;){String[] p=l.split(\" \");"
              "int c=new ComparableVersion(p[0]).compareTo(new ComparableVersion(p[1]));"
              "System.out.println(c<0?\"<\":c>0?\">\":\"=\");}}}")
    path = tools / "Ask.java"
    path.write_text(source)
    return run(["java", "-cp", str(tools / "maven-artifact.jar"), str(path)], lines(pairs))


def gem(pairs, _):
    script = ("STDIN.each_line{|l| a,b=l.split; begin; c=Gem::Version.new(a)<=>Gem::Version.new(b); "
              "puts c<0 ? '<' : c>0 ? '>' : '='; rescue ArgumentError; puts '?'; end}")
    return run(["ruby", "-e", script], lines(pairs))


def go(pairs, tools):
    source = '''package main
import ("bufio";"fmt";"os";"strings";"go/version";"golang.org/x/mod/semver")
func main() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		a, b, _ := strings.Cut(in.Text(), " ")
		switch {
		case semver.IsValid(a) && semver.IsValid(b): fmt.Println(string("<=>"[semver.Compare(a, b)+1]))
		case version.IsValid(a) && version.IsValid(b): fmt.Println(string("<=>"[version.Compare(a, b)+1]))
		default: fmt.Println("?")
		}
	}
}
'''
    (tools / "go" / "main.go").write_text(source)
    return run(["go", "run", "."], lines(pairs), cwd=tools / "go")


def composer(pairs, _):
    script = ("require '/usr/share/php/Composer/Semver/autoload.php'; $p=new Composer\\Semver\\VersionParser();"
              "while(($l=fgets(STDIN))!==false){[$a,$b]=explode(' ',trim($l));try{$a=$p->normalize($a);"
              "$b=$p->normalize($b);"
              "if(str_starts_with($a,'dev-')&&str_starts_with($b,'dev-'))echo $a===$b?'=':'?',\"\\n\";"
              "else echo Composer\\Semver\\Comparator::lessThan($a,$b)?'<':"
              "(Composer\\Semver\\Comparator::greaterThan($a,$b)?'>':'='),\"\\n\";}"
              "catch(\\Exception $e){echo \"?\\n\";}}")
    return run(["php", "-r", script], lines(pairs))


APK_TOKEN = re.compile(r"(?P<suffix>_[a-z]+)|(?P<hash>~[0-9a-f]+)|(?P<rev>-r\d+)|(?P<dot>\.\d+)|(?P<num>\d+)|(?P<letter>[a-z])")
APK_SUFFIXES = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"]
# Kinds in the order in which apk-tools numbers its tokens: the later kind loses.
APK_KINDS = ["first", "dot", "letter", "suffix", "number", "hash", "rev", "end", "invalid"]
APK_AFTER = {"dot": {"first", "dot"}, "letter": {"first", "dot"}, "suffix": {"first", "dot", "letter", "suffix", "number"},
             "number": {"suffix"}, "hash": {"first", "dot", "letter", "suffix", "number"},
             "rev": {"first", "dot", "letter", "suffix", "number", "hash"}}


def apk_tokens(text):
    tokens, at, last = [], 0, None
    while at < len(text):
        match = APK_TOKEN.match(text, at)
        if not match:
            return tokens + [("invalid", "")]
        kind, value = match.lastgroup, match.group()
        if kind == "num":
            kind = "first" if last is None else "number"
        if kind == "suffix" and value[1:] not in APK_SUFFIXES:
            return tokens + [("invalid", "")]
        if kind != "first" and last not in APK_AFTER[kind]:
            return tokens + [("invalid", "")]
        tokens.append((kind, value.lstrip("._~")))
        last, at = kind, match.end()
    return tokens + [("end", "")]


def apk(pairs, _):
    out = []
    for left, right in pairs:
        if not (left[0].isdigit() and right[0].isdigit()):
            out.append("?")
            continue
        result = 0
        for (kind, a), (other, b) in zip(apk_tokens(left), apk_tokens(right)):
            if kind != other:
                early = lambda k, v: k == "suffix" and APK_SUFFIXES.index(v) < 4
                result = (-1 if early(kind, a) else 1 if early(other, b) else
                          APK_KINDS.index(other) - APK_KINDS.index(kind))
                break
            if kind == "rev":
                a, b = int(a[2:]), int(b[2:])
            elif kind in ("first", "number") or (kind == "dot" and a[0] != "0" and b[0] != "0"):
                a, b = int(a), int(b)
            elif kind == "suffix":
                a, b = APK_SUFFIXES.index(a), APK_SUFFIXES.index(b)
            if a != b:
                result = -1 if a < b else 1
                break
        out.append(sign(result))
    return out


NUGET = re.compile(r"(\d+(?:\.\d+){0,3})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?")


def nuget(pairs, _):
    def parse(text):
        match = NUGET.fullmatch(text)
        if not match:
            return None
        numbers = [int(n) for n in match.group(1).split(".")]
        return numbers + [0] * (4 - len(numbers)), match.group(2).split(".") if match.group(2) else None

    def label(a, b):
        as_int = lambda t: int(t) if re.fullmatch(r"-?\d+", t) and -2**31 <= int(t) < 2**31 else None
        x, y = as_int(a), as_int(b)
        if x is not None and y is not None:
            return (x > y) - (x < y)
        if x is not None or y is not None:
            return -1 if x is not None else 1
        a, b = a.upper(), b.upper()
        return (a > b) - (a < b)

    def compare(a, b):
        if a[0] != b[0]:
            return (a[0] > b[0]) - (a[0] < b[0])
        if a[1] is None or b[1] is None:
            return (a[1] is None) - (b[1] is None)
        for x, y in zip(a[1], b[1]):
            if label(x, y):
                return label(x, y)
        return len(a[1]) - len(b[1])

    out = []
    for left, right in pairs:
        a, b = parse(left), parse(right)
        out.append("?" if a is None or b is None else sign(compare(a, b)))
    return out


# --- Versions: grammar-like pieces joined at random, and real ones changed a little. ---

NUMBERS = ["0", "0", "1", "1", "2", "3", "9", "10", "11", "20", "00", "01", "007", "100", "2021", "20230102", "99999999999999999999"]
SMALL = [n for n in NUMBERS if len(n) < 10]  # for tools that count in 64 bits or in floating point
PLAIN = [n for n in SMALL if n == "0" or n[0] != "0"]
PIECES = {
    "deb": NUMBERS + list(".....---~~+:") + ["a", "b", "rc", "~rc", "+dfsg", "+deb12u", "ubuntu", "bpo", "A", "Z", "1:", "0:"],
    "rpm": NUMBERS + list("......---~~^^+_:") + ["a", "b", "rc", "el8", "el9_", "git", "fc", "A", "1:", "0:", "module"],
    "apk": NUMBERS + list("......") + ["a", "b", "z", "_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p", "-r0", "-r", "-r1", "-r10", "_foo", "~abc", "~0f"],
    "maven": NUMBERS + list(".......----") + ["a", "b", "m", "alpha", "beta", "milestone", "rc", "cr", "snapshot", "ga", "final", "release", "sp", "Final", "SNAPSHOT", "RELEASE", "jre", "android", "foo", "x", "redhat", "M"],
    "gem": NUMBERS + list("........--") + ["a", "b", "rc", "pre", "beta", "alpha", "A", "z"],
    "pep440": NUMBERS + list(".......--__+!") + ["a", "b", "rc", "c", "alpha", "beta", "pre", "preview", "post", "rev", "r", "dev", "abc", "ALPHA", "v"],
    "composer": SMALL + list(".......---_+") + ["a", "b", "rc", "RC", "alpha", "beta", "patch", "pl", "p", "dev", "-dev", "stable", "x", "v", "dev-", "foo"],
}


def semverish(rand, numbers, tail_words, parts=(3, 3), prefix=""):
    text = prefix + ".".join(rand.choice(numbers) for _ in range(rand.randint(*parts)))
    if rand.random() < 0.6:
        words = [rand.choice(tail_words + numbers) for _ in range(rand.randint(1, 3))]
        text += "-" + rand.choice([".", ".", ".", "-", ""]).join(words)
    if rand.random() < 0.1:
        text += "+build.1"
    return text


def composer_like(rand):
    head = rand.choice(["", "", "", "v"])
    draw = rand.random()
    if draw < 0.1:
        date = rand.choice(["2010", "2023", "9999"]) + "".join(
            rand.choice(["", ".", "-", ":"]) + rand.choice(["01", "02", "10", "31"]) for _ in range(rand.randint(1, 6)))
        head += date + rand.choice(["", "", "1", ".001", "-15", "12"])
    elif draw < 0.2:
        return ".".join(rand.choice(SMALL[:8]) for _ in range(rand.randint(1, 3))) + rand.choice([".x-dev", ".*-dev", ".X.dev", "-dev", ".x"])
    elif draw < 0.3:
        return "dev-" + rand.choice(["main", "master", "1.x", "feature/a", "1.0.0"])
    else:
        head += ".".join(rand.choice(SMALL) for _ in range(rand.randint(1, 4)))
    if rand.random() < 0.7:
        head += rand.choice(["", "-", ".", "_"])
        head += rand.choice(["a", "alpha", "b", "beta", "BETA", "rc", "RC", "patch", "pl", "p", "stable", "dev", ""])
        for _ in range(rand.randint(0, 2)):
            head += rand.choice(["", ".", "-"]) + rand.choice(SMALL)
        head += rand.choice(["", "", "-dev", ".dev", "dev"])
    return head + rand.choice(["", "", "", "", "+build", "@beta", "@dev"])


WORDS = ["alpha", "beta", "rc", "a", "b", "A", "Z", "x-y", "rc1", "beta2", "pre", "-", "0a", "-1", "2147483647", "2147483648"]


def generated(scheme, rand):
    if scheme in ("semver",):
        return semverish(rand, PLAIN, WORDS)
    if scheme == "npm":
        text = semverish(rand, SMALL, WORDS, prefix=rand.choice(["", "", "", "v", "="]))
        return text.replace("-", "", 1) if rand.random() < 0.1 and re.match(r"[\d.]+-[a-z]", text) else text
    if scheme == "nuget":
        return semverish(rand, SMALL, WORDS, parts=(1, 4))
    if scheme == "composer" and rand.random() < 0.7:
        return composer_like(rand)
    if scheme == "go":
        if rand.random() < 0.35:
            return "go1." + rand.choice(["9", "18", "20", "21", "22"]) + rand.choice(["", "", ".0", ".1", ".10", "rc1", "rc2", "beta1", ".3-vendor"])
        if rand.random() < 0.1:
            return "v1" + rand.choice(["", ".0", ".1"])
        return semverish(rand, PLAIN, WORDS + ["0.20200101000000-abcdef012345", "20200101000000-abcdef012345"], prefix="v")
    numbers = SMALL if scheme == "composer" else NUMBERS
    if rand.random() < 0.5:
        head = ".".join(rand.choice(numbers) for _ in range(rand.randint(1, 4)))
        return head + "".join(rand.choice(PIECES[scheme]) for _ in range(rand.randint(0, 4)))
    return rand.choice(numbers) + "".join(rand.choice(PIECES[scheme]) for _ in range(rand.randint(0, 8)))


FEEDS = {"deb": "Debian", "rpm": "AlmaLinux", "semver": "crates.io", "npm": "npm", "pep440": "PyPI", "maven": "Maven",
         "gem": "RubyGems", "go": "Go"}


def real(scheme):
    data = os.environ.get("WEIR_DATA")
    if not data or scheme not in FEEDS:
        return []
    found = set()
    with zipfile.ZipFile(pathlib.Path(data) / "feeds" / "osv" / FEEDS[scheme] / "all.zip") as archive:
        for name in archive.namelist():
            for affected in json.loads(archive.read(name)).get("affected", []):
                found.update(affected.get("versions", []))
                for span in affected.get("ranges", []):
                    if span.get("type") != "GIT":
                        for event in span["events"]:
                            found.update(event.values())
    return sorted(v for v in found if v and not re.search(r"\s", v))


def changed(text, scheme, rand):
    """One edit, so that the pair differs late."""
    kind = rand.randrange(4)
    at = rand.randrange(len(text) + 1)
    piece = rand.choice(PIECES.get(scheme, NUMBERS[:9] + [".", "-", "a", "rc"]))
    if kind == 0:
        return text[:at] + piece + text[at:]
    if kind == 1 and len(text) > 1:
        return text[:at] + text[at + 1:] if text[:at] + text[at + 1:] else text
    if kind == 2:
        return re.sub(r"\d+(?=\D*$)", lambda m: str(int(m.group()) + rand.choice([1, 9])), text, count=1)
    return text + rand.choice([".0", "-0", ".0.0", piece])


def make_pairs(scheme, count, rand):
    versions = real(scheme)
    if scheme == "go":
        versions = ["v" + v for v in versions]
    pairs = []
    while len(pairs) < count:
        a = rand.choice(versions) if versions and rand.random() < 0.5 else generated(scheme, rand)
        draw = rand.random()
        if draw < 0.5:
            b = changed(a, scheme, rand)
        elif draw < 0.7 and versions:
            b = rand.choice(versions)
        else:
            b = generated(scheme, rand)
        if a and b and not re.search(r"\s", a + b):
            pairs.append((a, b))
    return pairs


REFERENCES = {f.__name__: f for f in (deb, rpm, apk, semver, npm, pep440, maven, gem, go, nuget, composer)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True, type=pathlib.Path)
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=15)
    parser.add_argument("--extra", action="append", default=[], help="passed on to weir")
    parser.add_argument("scheme", nargs="*", default=list(REFERENCES))
    options = parser.parse_args()
    tools, weir = options.tools.resolve(), options.weir.resolve()
    failed = False
    for scheme in options.scheme:
        rand = random.Random(f"{options.seed} {scheme}")
        pairs = make_pairs(scheme, options.count, rand)
        wanted = REFERENCES[scheme](pairs, tools)
        given = run([str(weir), "db", "compare", "--scheme", scheme] + options.extra, lines(pairs),
                    accept=(0, 1))  # 1 where it could not read a version
        if not len(wanted) == len(given) == len(pairs):
            sys.exit(f"{scheme}: {len(pairs)} pairs, {len(wanted)} and {len(given)} answers")
        asked = sum(w != "?" for w in wanted)
        refused = [(p, w) for p, w, g in zip(pairs, wanted, given) if w != "?" and g not in "<=>"]
        lenient = sum(w == "?" and g in "<=>" for w, g in zip(wanted, given))
        wrong = [(p, w, g) for p, w, g in zip(pairs, wanted, given) if w != "?" and g in "<=>" and w != g]
        print(f"{scheme}: {asked} asked, {len(wrong)} wrong, {len(refused)} refused by weir only, "
              f"{lenient} answered by weir only")
        for (a, b), w, g in wrong[:options.show]:
            print(f"    {a} {w} {b}   weir: {g}")
        for (a, b), w in refused[:options.show]:
            print(f"    {a} {w} {b}   weir refuses")
        failed = failed or bool(wrong or refused)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
