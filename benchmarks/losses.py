"""Losses, ours and the libraries' own, in training.

PyTorch: forward and backward over n = 1e6 rows. XGBoost and LightGBM: rounds of boosted trees under
an objective of ours and under the one that is built in, reading the rows included.

Like is set beside like: the exact log-likelihood beside ``full=True``, the one without constants
beside the default. Ours look at the targets; PyTorch's do not.
"""

from __future__ import annotations

from benchmarks.pair import Pair

_TORCH = "import torch; torch.set_num_threads(1); import torch.nn.functional as F"
_MADE = (
    "import torch; torch.set_num_threads(1); torch.manual_seed(0); n = 1_000_000; "
    "t = torch.{dtype}; mu = torch.randn(n, dtype=t, requires_grad=True); "
    "log_sigma = (0.3 * torch.randn(n, dtype=t)).requires_grad_(); "
    "y = torch.randn(n, dtype=t); coins = (torch.rand(n) < 0.5).to(t); "
    "counts = torch.poisson(torch.exp(mu.detach())); "
    "labels = torch.randint(0, 3, (n,)); logits = torch.randn(n, 3, dtype=t, requires_grad=True); "
    "many = torch.randint(0, 1000, (n // 1000,)); "
    "wide = torch.randn(n // 1000, 1000, dtype=t, requires_grad=True)"
)
#: What each side starts from, made once per process.
_FLOATS = {name: _MADE.format(dtype=name) for name in ("float32", "float64")}
DATA = {
    **_FLOATS,
    "rows": (
        "rng = np.random.default_rng(0); n = 100_000; X = rng.standard_normal((n, 10)); "
        "line = 0.4 * X[:, 0] + 0.3 * np.abs(X[:, 1]); "
        "y = rng.poisson(np.exp(line)).astype(float); z = line + rng.standard_normal(n)"
    ),
}
#: Rounds of one training, on one thread. The trees are alike, as the losses are.
_ROUNDS = 100


def _pair(name: str, dtype: str, ours: tuple[str, str, str], theirs: str, must: float) -> Pair:
    """``ours``: the loss, its call, and the tensors that are differentiated."""
    made, call, leaves = ours
    return Pair(
        f"{name}, {dtype}",
        DATA[dtype],
        (
            f"{_TORCH}; import mostlikely as ml; loss = ml.loss({made})",
            f"torch.autograd.grad({call}, {leaves})",
        ),
        (_TORCH, f"torch.autograd.grad({theirs}, {leaves})"),
        must=must,
        aim=1.0,
    )


PAIRS = [
    _pair(name, dtype, (made, call, leaves), theirs, 1.1)
    for dtype in _FLOATS
    for name, made, call, leaves, theirs in (
        (
            "Normal with a sigma head | gaussian_nll_loss, full",
            "ml.Normal()",
            "loss([mu, log_sigma], y)",
            "(mu, log_sigma)",
            "F.gaussian_nll_loss(mu, y, torch.exp(2.0 * log_sigma), full=True)",
        ),
        (
            "Normal, sigma = 1 | mse_loss",
            "ml.Normal(sigma=1)",
            "loss(mu, y)",
            "(mu,)",
            "F.mse_loss(mu, y)",
        ),
        (
            "Bernoulli | binary_cross_entropy_with_logits",
            "ml.Bernoulli()",
            "loss(mu, coins)",
            "(mu,)",
            "F.binary_cross_entropy_with_logits(mu, coins)",
        ),
        (
            "Poisson | poisson_nll_loss, full",
            "ml.Poisson()",
            "loss(mu, counts)",
            "(mu,)",
            "F.poisson_nll_loss(mu, counts, full=True)",
        ),
        (
            "Poisson without constants | poisson_nll_loss",
            "ml.Poisson(), normalised=False",
            "loss(mu, counts)",
            "(mu,)",
            "F.poisson_nll_loss(mu, counts)",
        ),
        (
            "Categorical, 3 levels | cross_entropy",
            "ml.Categorical(levels=range(3))",
            "loss(logits, labels)",
            "(logits,)",
            "F.cross_entropy(logits, labels)",
        ),
        (
            "Categorical, 1,000 levels, n = 1e3 | cross_entropy",
            "ml.Categorical(levels=range(1000))",
            "loss(wide, many)",
            "(wide,)",
            "F.cross_entropy(wide, many)",
        ),
    )
]


def _boosted(library: str, name: str, family: str, response: str, builtin: str) -> Pair:
    """A training with an objective of ours, and with the library's own."""
    if library == "xgboost":
        settings = "{'nthread': 1, 'max_depth': 6, %s}"
        rows = f"xgboost.DMatrix(X, {response}, base_margin=np.zeros(n))"
        own = settings % "'disable_default_eval_metric': 1, 'base_score': 0.0"
        ours = f"xgboost.train({own}, {rows}, {_ROUNDS}, obj=loss.xgboost)"
    else:
        settings = "{'num_threads': 1, 'num_leaves': 31, 'verbose': -1, %s}"
        own = settings % "'objective': loss.lightgbm"
        rows = f"lightgbm.Dataset(X, {response}, init_score=np.zeros(n))"
        ours = f"lightgbm.train({own}, {rows}, {_ROUNDS})"
    theirs = f"{library}.train({settings % builtin}, {rows}, {_ROUNDS})"
    return Pair(
        f"{library}, {name}, {_ROUNDS} rounds",
        DATA["rows"],
        (f"import {library}, mostlikely as ml; loss = ml.objective({family})", ours),
        (f"import {library}", theirs),
        must=1.5,
        aim=1.2,
    )


PAIRS += [
    _boosted(
        "xgboost", "Poisson | count:poisson", "ml.Poisson()", "y",
        "'objective': 'count:poisson', 'max_delta_step': 0, 'base_score': 1.0",
    ),
    _boosted(
        "xgboost", "Normal, sigma = 1 | reg:squarederror", "ml.Normal(sigma=1)", "z",
        "'objective': 'reg:squarederror', 'base_score': 0.0",
    ),
    _boosted(
        "lightgbm", "Poisson | poisson", "ml.Poisson()", "y",
        "'objective': 'poisson', 'poisson_max_delta_step': 1e-300",
    ),
    _boosted(
        "lightgbm", "Normal, sigma = 1 | regression", "ml.Normal(sigma=1)", "z",
        "'objective': 'regression'",
    ),
]  # fmt: skip
