import numpy as np

from experiments import runner
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
