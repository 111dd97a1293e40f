"""Compares what gitleaks and weir found in each case.

Usage: compare.py CASES.jsonl WEIR.jsonl
A verdict is one rule in one case: every rule that either of them found, or that the case is an
example or a counterexample of.
"""
import collections
import json
import sys


def main(cases_file, weir_file):
    cases = [json.loads(line) for line in open(cases_file)]
    ours = {}
    for line in open(weir_file):
        answer = json.loads(line)
        ours[answer["id"]] = set(answer["rules"])
    verdicts = same = same_cases = 0
    missing = collections.Counter()
    extra = collections.Counter()
    shown = collections.Counter()
    for case in cases:
        theirs, mine = set(case["rules"]), ours.get(case["id"], {"<no answer>"})
        for rule in theirs | mine | {case["rule"]}:
            verdicts += 1
            if (rule in theirs) == (rule in mine):
                same += 1
                continue
            (missing if rule in theirs else extra)[rule] += 1
            shown[rule] += 1
            if shown[rule] <= 3:
                print(("- " if rule in theirs else "+ ") + rule, json.dumps(case["text"])[:300], case.get("path", ""))
        same_cases += theirs == mine
    for title, counter in (("only gitleaks", missing), ("only weir", extra)):
        for rule, count in counter.most_common():
            print(f"{title}: {count} x {rule}")
    print(f"{len(cases)} cases, {same_cases} with the same set of rules ({100 * same_cases / len(cases):.2f} %)")
    print(f"{verdicts} verdicts, {same} the same ({100 * same / verdicts:.2f} %)")
    return 0 if same >= 0.99 * verdicts else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
