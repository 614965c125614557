"""What rows of results are called in tables, and what the paper has beside them."""

DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
METHODS = {
    "nne": "NNE",
    "nne_signsgd": "NNE + SignSGD",
    "nne_dopamine": "NNE + dopamine",
    "pbil": "PBIL",
    "rank_one": "rank-1 evolution strategy",
    "c2_minus_above": "DNN, the paper's formula",
    "agrel": "DNN, `agrel`",
    "feedback_alignment": "direct feedback alignment",
    "ridge": "ridge regression",
    "adam": "Adam, by back-propagation",
}
OURS = {"nne": "NNE", "nne+signsgd": "NNE + SignSGD", "nne+dopamine": "NNE + dopamine"}
CONTROLS = {"adam": "Adam, by gradients", "sgd": "SGD, by gradients"}
PAPER_1 = {  # table 1 of the paper
    ("nne", "0-4"): "92.1",
    ("nne", "0-9"): "78.8",
    ("nne+signsgd", "0-4"): "91.6",
    ("nne+signsgd", "0-9"): "85.6",
    ("sgd", "0-4"): "96 ± 0.4",
    ("sgd", "0-9"): "88.2 ± 0.75",
}
RULES = {
    "dnn:c1": "DNN, the paper's introduction (`c1`)",
    "dnn:c2_minus_above": "DNN, the paper's formula as it can be read (`c2_minus_above`)",
    "dnn:agrel": "DNN, reward prediction error (`agrel`)",
    "adam": "Adam on the output layer",
    "signsgd": "SignSGD on the output layer",
    "ridge": "ridge regression",
}
PAPER_2 = {  # table 2 of the paper, whose "SGD" is Adam
    ("dnn:c1", 1000): "84.84",
    ("dnn:c1", 100_000): "90.76",
    ("dnn:c2_minus_above", 1000): "84.84",
    ("dnn:c2_minus_above", 100_000): "90.76",
    ("adam", 1000): "90.34",
    ("adam", 100_000): "92.56",
    ("signsgd", 1000): "86.84",
    ("signsgd", 100_000): "90.21",
}
READINGS = {
    "dnn:c1": "C1",
    "dnn:c2_minus_above": "C2, minus, L > ε₀",
    "dnn:c2_minus_below": "C2, minus, L ≤ ε₀",
    "dnn:c2_plus_above": "C2, plus, L > ε₀",
    "dnn:c2_plus_below": "C2, plus, L ≤ ε₀",
}
