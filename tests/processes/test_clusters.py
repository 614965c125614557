"""The script for Slurm in docs/scaling.md, and the manifest for Kubernetes, are such."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from absl import flags as absl_flags

from experiments import evolve, launch

DOCS = Path(__file__).parents[2] / "docs"
SLURM = re.search(r"```bash\n(#SBATCH.*?)```", (DOCS / "scaling.md").read_text(), re.S)[1]


def read(arguments):
    """The options of a command line of ``experiments.evolve``."""
    flags = absl_flags.FlagValues()
    evolve.define(flags)
    launch.parse(["evolve", *arguments], flags)
    return evolve.read(flags)


def test_kubernetes_starts_as_many_pods_as_processes():
    service, job = yaml.safe_load_all((DOCS / "kubernetes.yaml").read_text())
    assert (service["kind"], job["kind"], job["apiVersion"]) == ("Service", "Job", "batch/v1")
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"]
    assert pod["subdomain"] == service["metadata"]["name"]
    (container,) = pod["containers"]
    assert container["command"] == ["python", "-m", "experiments.evolve"]
    names = {variable["name"] for variable in container["env"]}
    arguments = container["args"]
    assert set(re.findall(r"\$\((\w+)\)", " ".join(arguments))) == names
    last = [re.sub(r"\$\(\w+\)", str(spec["completions"] - 1), one) for one in arguments]
    own = read(last).own
    assert own.num_processes == spec["completions"]
    assert own.resume
    first = f"{job['metadata']['name']}-0.{service['metadata']['name']}"
    assert own.coordinator_address.split(":")[0] == first
    (mount,) = container["volumeMounts"]
    assert read(last).given.options["workdir"] == mount["mountPath"]
    assert mount["subPath"]  # which is made where it is not there
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_slurm_script_is_one():
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    checked = subprocess.run(["bash", "-n"], input=SLURM, text=True, capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    command = re.search(r"^srun .*python -m experiments\.evolve (.*)$", SLURM, re.M)[1]
    assert read(command.split()).own.resume
    (statuses,) = re.findall(r"case \$\? in ([\d|]+)\)", SLURM)
    assert {69, 75, 137, 143} <= set(map(int, statuses.split("|")))
