"""Compares what gitleaks and weir found with the same rules, place by place.

Usage: findings.py GITLEAKS.json WEIR.json TREE
A place is file, rule and line. gitleaks gives the lines that the match spans, weir that of the secret, so
that a place is the same where weir's line is among gitleaks'. Each difference is put into a class.
"""
import collections
import json
import sys


def read_gitleaks(path):
    places = collections.defaultdict(list)
    for finding in json.load(open(path)):
        decoded = any(tag.startswith("decode") for tag in finding.get("Tags") or [])
        places[finding["File"], finding["RuleID"]].append(
            (finding["StartLine"], max(finding["EndLine"], finding["StartLine"]), decoded, finding["Secret"]))
    return places


def read_weir(path, root):
    report = json.load(open(path))
    places = collections.defaultdict(list)
    cut = set()  # rules with a secret of which not all places are listed
    for finding in report["content"]:
        for place in finding["places"]:
            file = root.rstrip("/") + "/" + place["path"]
            places[file, finding["rule"]].append(
                (place.get("line", 0), place.get("decoded", ""), finding["status"], finding.get("status_reason", "")))
        if finding["place_count"] > len(finding["places"]):
            cut.add(finding["rule"])
    return places, cut


def main(gitleaks_file, weir_file, tree):
    theirs = read_gitleaks(gitleaks_file)
    ours, cut = read_weir(weir_file, tree)
    ours_by_file = collections.defaultdict(set)
    for (file, rule), places in ours.items():
        for line, *_ in places:
            ours_by_file[file].add((line, rule))
    same = 0
    only_theirs, only_ours = collections.defaultdict(list), collections.defaultdict(list)
    for (file, rule), places in theirs.items():
        lines = [line for line, *_ in ours.get((file, rule), [])]
        for first, last, decoded, secret in places:
            if any(first <= line <= last or line == 0 for line in lines):
                same += 1
            elif any(first <= line <= last and other != rule for line, other in ours_by_file[file]):
                only_theirs["another rule has the place", rule].append((file, first))
            elif decoded:
                only_theirs["decoded more than once, or in a way that weir does not", rule].append((file, first))
            elif rule in cut:
                only_theirs["weir lists twenty places of one secret and counts the rest", rule].append((file, first))
            else:
                only_theirs["other", rule].append((file, first))
    for (file, rule), places in ours.items():
        spans = [(first, last) for first, last, *_ in theirs.get((file, rule), [])]
        for line, decoded, status, reason in places:
            if any(first <= line <= last or line == 0 for first, last in spans):
                continue
            if status == "ignored":
                kind = "ignored: " + reason
            elif "!" in file:
                kind = "in an archive"
            elif line == 0:
                kind = "in a binary file"
            elif decoded:
                kind = "decoded"
            else:
                kind = "other"
            only_ours[kind, rule].append((file, line))
    total = sum(len(p) for p in theirs.values())
    print(f"gitleaks {total} places, weir {sum(len(p) for p in ours.values())}; {same} of gitleaks' are weir's, too")
    for title, classes in (("only gitleaks", only_theirs), ("only weir", only_ours)):
        for (kind, rule), places in sorted(classes.items(), key=lambda item: -len(item[1])):
            print(f"{title}: {len(places):5} {kind}: {rule}; e.g. " + ", ".join(f"{f}:{l}" for f, l in places[:2]))


if __name__ == "__main__":
    main(*sys.argv[1:4])
