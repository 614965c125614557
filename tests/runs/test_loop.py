import numpy as np

from experiments import runner
from experiments.config import Config
from experiments.run_directory import RunDirectory
from nne_jax.metrics import Metrics


def test_every_tenth_generation_is_logged_and_every_one_with_broken_networks():
    columns = {name: np.zeros(20) for name in Metrics._fields}
    columns["non_finite"] = np.array([0] * 5 + [3] + [0] * 14)
    rows = runner._rows(Metrics(**columns), generation=40, evaluation={}, log_every=10)
    assert [row["generation"] for row in rows] == [26, 30, 40]
    assert sum(row["non_finite"] for row in rows) == 3


def test_an_evaluated_generation_is_logged():
    columns = {name: np.zeros(3) for name in Metrics._fields}
    evaluation = {"validation_accuracy": {"modal": 0.5}}
    rows = runner._rows(Metrics(**columns), generation=3, evaluation=evaluation, log_every=10)
    assert [row["generation"] for row in rows] == [3]
    assert rows[0]["validation_accuracy"] == {"modal": 0.5}


def test_a_run_is_complete_only_with_the_lifetime_that_is_asked_for(tmp_path):
    folder = RunDirectory(tmp_path)
    learnt = {"rule": "signsgd", "rate": 0.01, "iterations": 300, "batch_size": 50}
    summary = {"complete": True, "generations": 400, "test_accuracy": {"modal": 0.9}}
    folder.write_json("summary.json", summary | {"lifetime": learnt})
    assert folder.is_complete(Config(lifetime="signsgd"), test=True)
    assert folder.is_complete(Config(lifetime="sgd"), test=False)
    assert not folder.is_complete(Config(lifetime="signsgd", lifetime_rate=0.003), test=True)
    assert not folder.is_complete(Config(lifetime="sgd"), test=True)
    assert not folder.is_complete(Config(), test=True)
    folder.write_json("summary.json", summary | {"lifetime": None})
    assert folder.is_complete(Config(), test=True)
    assert not folder.is_complete(Config(num_generations=500), test=True)
