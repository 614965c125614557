"""What a release says of itself: how to cite, workflows, forms, hooks, licences of data."""

import re
import tomllib

import pytest
import yaml

import nne_jax as nne
from tests.conftest import ROOT, SETUP

README = (ROOT / "README.md").read_text()
(CHECK,) = re.findall(r"<!-- test command -->\n```bash\n(.*)\n", README)
STATIC = CHECK.partition('".[test]" && ')[2].split(" && ")[:-1]  # all but the tests
TESTS = CHECK.rpartition(" && ")[2]
PATHS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# strings only, since `on` is a boolean of YAML
WORKFLOWS = {path.stem: yaml.load(path.read_text(), yaml.BaseLoader) for path in PATHS}
JOBS = {(name, job): flow["jobs"][job] for name, flow in WORKFLOWS.items() for job in flow["jobs"]}
OWN_STEPS = [pytest.param(job, id="-".join(key)) for key, job in JOBS.items() if "steps" in job]


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_citation():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cff["cff-version"] == "1.2.0"
    assert cff["version"] == nne.__version__
    assert cff["license"] == SETUP["metadata"]["license"]
    assert cff["repository-code"] == SETUP["metadata"]["url"]
    assert cff["message"]
    assert cff["title"].startswith("nne_jax")
    assert cff["authors"] == [{"name": "The nne_jax authors"}]
    (paper,) = cff["references"]
    assert f"({paper['url']})" in README
    assert paper["title"] in README.replace("\n", " ")
    assert paper["url"].endswith(paper["identifiers"][0]["value"])
    released = re.findall(r"^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert dict(released).get(cff["version"], str(cff["date-released"])) == str(
        cff["date-released"]
    )


def test_workflows_are_these():
    triggers = {name: sorted(flow["on"]) for name, flow in WORKFLOWS.items()}
    assert triggers == {
        "check": ["pull_request", "push", "workflow_call"],
        "docs": ["pull_request", "push"],
        "release": ["push"],
        "weekly": ["schedule", "workflow_dispatch"],
    }
    assert WORKFLOWS["release"]["on"]["push"] == {"tags": ["v*"]}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_and_has_one_run_a_branch(name):
    flow = WORKFLOWS[name]
    assert flow["permissions"] == {"contents": "read"}
    # each has a group of its own: a release calls the check, which must not cancel it
    assert flow["concurrency"]["group"].removesuffix("-${{ github.ref }}") == name
    assert set(flow) == {"name", "on", "permissions", "concurrency", "jobs"}


@pytest.mark.parametrize("job", OWN_STEPS)
def test_a_job_has_a_limit_and_pinned_actions(job):
    assert job["runs-on"] == "ubuntu-latest"
    assert 0 < int(job["timeout-minutes"]) <= 60
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert re.search(r"^[\w-]+/[\w-]+@(v\d+|release/v1)$", step.get("uses", "a/b@v1"))


def test_pythons_are_those_of_the_classifiers():
    prefix = "Programming Language :: Python :: 3."
    lines = SETUP["metadata"]["classifiers"].splitlines()
    minors = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
    for job in ("newest", "oldest"):
        matrix = JOBS["check", job]["strategy"]["matrix"]
        assert matrix == {"python": [f"3.{minor}" for minor in minors]}
    assert SETUP["options"]["python_requires"] == f">=3.{minors[0]}"
    assert f"Python 3.{minors[0]} or newer" in README


def test_the_check_is_the_readmes():
    assert "'/<!-- test command -->/,/^```$/p' README.md" in (ROOT / ".ci" / "run").read_text()
    assert commands(JOBS["check", "newest"]) == [".ci/run"]
    assert commands(JOBS["weekly", "pre-releases"]) == [".ci/run"]
    assert JOBS["weekly", "pre-releases"]["steps"][-1]["env"] == {"PIP_PRE": "1"}
    install, tests = commands(JOBS["check", "oldest"])
    (oldest,) = re.findall(r"^jax>=(\S+)$", SETUP["options"]["install_requires"], re.M)
    assert f'"jax=={oldest}.0"' in install
    running = (ROOT / "docs" / "running.md").read_text()
    assert f"with jax {oldest}.0, the oldest that passes them" in running.replace("\n", " ")
    assert tests.startswith(TESTS)


def test_extras_that_workflows_install_exist():
    installed = [command for job in OWN_STEPS for command in commands(job.values[0])]
    extras = set(re.findall(r'-e "\.\[(\w+)\]"', "\n".join(installed)))
    assert extras == {"docs", "test"}
    assert extras <= set(SETUP["options.extras_require"])


def test_a_release_is_checked_built_and_published_without_a_password():
    check, build, publish = WORKFLOWS["release"]["jobs"].values()
    assert check == {"uses": "./.github/workflows/check.yml"}
    assert (build["needs"], publish["needs"]) == ("check", "build")
    assert commands(build)[2:] == [
        "python -m build",
        "twine check --strict dist/*",
        ".ci/wheel dist/*.whl",
    ]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["steps"][-1] == {"uses": "pypa/gh-action-pypi-publish@release/v1"}
    # nobody else may ask for an identity but the job that shows the documentation
    asking = [key for key, job in JOBS.items() if "id-token" in job.get("permissions", {})]
    assert asking == [("docs", "deploy"), ("release", "publish")]


def test_a_tag_is_compared_with_the_version():
    (command,) = [run for run in commands(JOBS["release", "build"]) if "GITHUB_REF_NAME" in run]
    pattern = re.search(r'"(__version__ = .*)" nne', command).group(1).replace("\\", "")
    line = pattern.replace("${GITHUB_REF_NAME#v}", nne.__version__)
    assert line in (ROOT / "nne_jax" / "_version.py").read_text().splitlines()


def test_hooks_are_the_check():
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["repo"] == "local"  # the environment's own tools: one version of each
    hooks = {hook["entry"]: hook for hook in repo["hooks"]}
    assert all(hook["language"] == "system" for hook in hooks.values())
    check = [command.removesuffix(" notebooks/*.ipynb") for command in STATIC]
    assert check == list(hooks)
    assert [tool for tool in hooks if "notebooks" in hooks[tool].get("files", "")] == [
        "nbstripout --keep-id --verify"
    ]
    for entry in hooks:
        assert re.search(rf"^{entry.split()[0]}>=", SETUP["options.extras_require"]["test"], re.M)
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert {"codespell", "mypy", "ruff"} <= set(tools)


@pytest.mark.parametrize("name", ["bug", "feature", "result"])
def test_forms(name):
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text())
    assert form["labels"] == [name]
    assert form["name"]
    assert form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids)) >= 3
    for field in form["body"]:
        assert field["type"] in ("textarea", "input")
        assert field["attributes"]["label"]
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_one_private_way_to_report():
    config = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml").read_text())
    url = SETUP["metadata"]["url"] + "/security/advisories/new"
    assert [link["url"] for link in config["contact_links"]] == [url]
    conduct = (ROOT / "CODE_OF_CONDUCT.md").read_text()
    assert url in conduct
    assert "Contributor Covenant, version 2.1" in conduct
    assert "@" not in conduct


def test_every_data_set_has_its_licence():
    text = (ROOT / "docs" / "third_party.md").read_text()
    rows = dict(re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.M))
    assert {name.partition("/")[0] for name in rows} == {
        name.partition("/")[0] for name in nne.data.DATASETS
    }
    for row in rows.values():
        assert len([cell for cell in row.split(" | ") if cell.strip()]) == 3
