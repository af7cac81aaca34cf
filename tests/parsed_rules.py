"""The rules as Snakemake itself understands them: their scripts, environments, logs and fingerprints."""

import functools
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

found = {}
for config in sys.argv[1:]:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        settings = ConfigSettings(configfiles=[Path(config)])
        cores = ResourceSettings(cores=1)
        workflow = api.workflow(snakefile=Path("Snakefile"), resource_settings=cores, config_settings=settings)
    for rule in workflow._workflow.rules:
        if rule.script is None:
            continue
        code = rule.params.get("code")
        if callable(code):
            code = [constant for constant in code.__code__.co_consts if isinstance(constant, str)]
        found[rule.name] = {
            "script": Path(rule.script).stem,
            "environment": str(rule.conda_env or ""),
            "code": code,
            "log": str(rule.log[0]) if rule.log else "",
        }
print(json.dumps(found))
"""


@functools.cache
def rules(*configs):
    """Return the rules with a script: name -> script, environment, log, fingerprint or its function's texts."""
    configs = configs or ("tests/data/tiny.yaml",)
    done = subprocess.run([sys.executable, "-c", CODE, *configs], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
