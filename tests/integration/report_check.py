"""Validates reports: report_check.py KIND FILE..., KIND one of cyclonedx, spdx, sarif, openvex, content.

CycloneDX and SPDX go through the validators of their projects, SARIF through the official
schema (SARIF_SCHEMA names the file); "content" is what secrets and malware in SARIF must have. No package registry carries OpenVEX's schema: its rules are
written out here.
"""
import json
import os
import re
import sys


def cyclonedx(text):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return [str(error)] if error else []


def spdx(text):
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    document = JsonLikeDictParser().parse(json.loads(text))
    return [f"{m.context.spdx_id}: {m.validation_message}" for m in validate_full_spdx_document(document, "SPDX-2.3")]


def sarif(text):
    import jsonschema

    with open(os.environ["SARIF_SCHEMA"], encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    return [f"{list(e.absolute_path)}: {e.message[:300]}" for e in validator.iter_errors(json.loads(text))]


def content(text):
    """What a page that reads SARIF needs of each secret and malware, beyond what the schema asks for."""
    errors = []
    run = json.loads(text)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    seen = set()
    for number, result in enumerate(run["results"]):
        rule = rules[result["ruleIndex"]]
        at = f"result {number}: "
        if rule["name"] not in ("Secret", "Malware"):
            continue
        if rule["id"] != result["ruleId"] or not rule["help"]["text"] or not rule["shortDescription"]["text"]:
            errors.append(at + "its rule")
        if not 0 < float(rule["properties"]["security-severity"]) <= 10:
            errors.append(at + "severity of its rule")
        print_ = result.get("fingerprints", {}).get("weir/v1", "")
        if not re.fullmatch("[0-9a-f]{32}", print_) or print_ in seen:
            errors.append(at + f"fingerprint {print_!r}")
        seen.add(print_)
        for location in result["locations"] + result.get("relatedLocations", []):
            place = location["physicalLocation"]
            if not place["artifactLocation"]["uri"] or place["region"]["startLine"] < 1:
                errors.append(at + "place")
        if any(not s.get("justification") for s in result.get("suppressions", [])):
            errors.append(at + "closed without a reason")
    if not seen:
        errors.append("neither secrets nor malware")
    return errors


IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
STATEMENT_KEYS = {
    "@id", "version", "vulnerability", "timestamp", "last_updated", "products", "status", "supplier",
    "status_notes", "justification", "impact_statement", "action_statement", "action_statement_timestamp",
}


def openvex(text):
    document = json.loads(text)
    errors = []

    def check(good, what):
        if not good:
            errors.append(what)

    def iri(value, what):
        check(isinstance(value, str) and IRI.fullmatch(value), f"{what} is no IRI: {value!r}")

    for key in ("@context", "@id", "author", "timestamp", "version", "statements"):
        check(key in document, f"{key} is missing")
    check(document.get("@context") == "https://openvex.dev/ns/v0.2.0", "context")
    check(document.keys() <= {"@context", "@id", "author", "role", "timestamp", "last_updated", "version", "tooling", "statements"}, "unknown keys")
    iri(document.get("@id"), "document")
    check(TIME.fullmatch(document.get("timestamp", "")), "timestamp")
    check(isinstance(document.get("version"), int) and document["version"] >= 1, "version")
    statements = document.get("statements", [])
    check(len(statements) >= 1, "no statement")
    check(len({json.dumps(s, sort_keys=True) for s in statements}) == len(statements), "statements repeat")
    for number, s in enumerate(statements):
        at = f"statement {number}: "
        check(s.keys() <= STATEMENT_KEYS, at + "unknown keys")
        vulnerability = s.get("vulnerability", {})
        check(vulnerability.get("name"), at + "no vulnerability name")
        aliases = vulnerability.get("aliases", [])
        check(len(set(aliases)) == len(aliases), at + "aliases repeat")
        check(s.get("status") in ("affected", "not_affected", "fixed", "under_investigation"), at + "status")
        if s.get("status") == "not_affected":
            check(("justification" in s) != ("impact_statement" in s), at + "one of justification and impact statement")
        if s.get("status") == "affected":
            check(s.get("action_statement"), at + "no action statement")
        check(TIME.fullmatch(s.get("timestamp", "")), at + "timestamp")
        check(s.get("products"), at + "no product")
        for product in s.get("products", []):
            iri(product.get("@id"), at + "product")
            for part in product.get("subcomponents", []):
                iri(part.get("@id"), at + "subcomponent")
    return errors


def main():
    kind, files = sys.argv[1], sys.argv[2:]
    failed = False
    for name in files:
        with open(name, encoding="utf-8") as file:
            errors = globals()[kind](file.read())
        for error in errors[:20]:
            print(f"{name}: {error}", file=sys.stderr)
        print(f"{kind} {os.path.basename(name)}: {'valid' if not errors else str(len(errors)) + ' errors'}")
        failed = failed or bool(errors)
    return 1 if failed else 0


sys.exit(main())
