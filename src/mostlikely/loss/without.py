"""Losses that are no negative log-likelihood, or of a law that has no family here: and why."""

from __future__ import annotations

from math import inf

from mostlikely.loss.entry import Entry, Option

__all__ = ["LOSSES"]

MARGIN = (
    "No likelihood: exp(-loss) of the two labels does not add up to the same number for every f "
    "(Sollich 2002, Machine Learning 46:21)"
)
PAIRS = (
    "No likelihood: it compares items of the model's own choosing, and says nothing of how any "
    "observation is distributed"
)

LOSSES = (
    Entry(
        "hinge",
        "max(0, 1 - y f), y = ±1",
        {
            "sklearn": ("hinge", "hinge_loss", "LinearSVC", "SVC"),
            "xgboost": ("binary:hinge",),
            "catboost": ("HingeLoss",),
            "keras": ("Hinge", "hinge", "CategoricalHinge", "categorical_hinge"),
            "torch": ("MultiMarginLoss", "multi_margin_loss", "MultiLabelMarginLoss",
                      "multilabel_margin_loss"),
        },
        "the sign of log-odds: the likelier label, without its probability",
        reason=f"{MARGIN}: at f = 0 it is 2/e = 0.736, at |f| = 1 it is 1 + 1/e² = 1.135. The "
        "margins of several classes are likewise. For probabilities use cross-entropy.",
    ),
    Entry(
        "squared hinge",
        "max(0, 1 - y f)², y = ±1",
        {
            "sklearn": ("squared_hinge",),
            "keras": ("SquaredHinge", "squared_hinge"),
        },
        "2p - 1, p the probability that y is 1",
        reason=f"{MARGIN}: at f = 0 it is 2/e = 0.736, at |f| = 1 it is 1 + 1/e⁴ = 1.018. Its "
        "optimum does tell p, as that of the Brier score does.",
    ),
    Entry(
        "modified Huber",
        "max(0, 1 - y f)² where y f ≥ -1, else -4 y f, y = ±1",
        {"sklearn": ("modified_huber",)},
        "2p - 1, p the probability that y is 1",
        reason=f"{MARGIN}.",
    ),
    Entry(
        "exponential",
        "exp(-y f), y = ±1",
        {"sklearn": ("exponential", "AdaBoostClassifier")},
        "half the log-odds that y is 1",
        reason=f"{MARGIN}. Its optimum is that of binary cross-entropy, halved, on the population "
        "(Friedman, Hastie and Tibshirani 2000, Annals of Statistics 28:337, lemma 1); it trusts "
        "outliers exponentially more.",
    ),
    Entry(
        "focal",
        "-(1 - p_y)^γ log p_y",
        {
            "torch": ("FocalLoss", "sigmoid_focal_loss", "focal_loss"),
            "catboost": ("Focal",),
            "keras": ("BinaryFocalCrossentropy", "binary_focal_crossentropy",
                      "CategoricalFocalCrossentropy", "categorical_focal_crossentropy"),
        },
        "a probability nearer to one half than the true one",
        reason="No likelihood: Σ exp(-loss) over the labels is not 1 for γ > 0, and the loss is "
        "not proper: its best prediction is not the probability. At γ = 0 it is cross-entropy.",
    ),
    Entry(
        "Brier score",
        "(y - p)²",
        {"sklearn": ("brier_score_loss", "neg_brier_score", "gini"), "xgboost": ("brier",)},
        "the probability that y is 1",
        reason="No likelihood of labels: Σ exp(-loss) depends on p. It is proper all the same, so "
        "its optimum is the probability; as squared error it assumes normal noise, which 0 and 1 "
        "have not.",
    ),
    Entry(
        "Dice",
        "1 - 2 Σ y p/(Σ y + Σ p)",
        {
            "torch": ("DiceLoss", "dice_loss", "TverskyLoss", "JaccardLoss", "lovasz"),
            "keras": ("Dice", "dice", "Tversky", "tversky"),
        },
        "a mask of large overlap, not probabilities",
        reason="No likelihood: it is a ratio of sums over rows and not a sum over rows, so no "
        "distribution of independent rows has it for a log-density.",
    ),
    Entry(
        "cosine",
        "1 - cos(y, f)",
        {
            "torch": ("CosineEmbeddingLoss", "cosine_embedding_loss", "cosine_similarity"),
            "keras": ("CosineSimilarity", "cosine_similarity"),
        },
        "the mean direction of y given x",
        reason="A likelihood for directions alone, of a family that is not here beyond the circle: "
        "for unit vectors it is 1/κ · nll plus a constant of von Mises and Fisher's law with its "
        "concentration κ held; on the circle that is ml.VonMises. The length of f is free, and "
        "pairs that shall differ (target -1) have no likelihood.",
    ),
    Entry(
        "triplet",
        "max(0, d(a, p) - d(a, n) + margin)",
        {
            "torch": (
                "TripletMarginLoss", "triplet_margin_loss", "TripletMarginWithDistanceLoss",
                "triplet_margin_with_distance_loss", "HingeEmbeddingLoss", "hinge_embedding_loss",
                "MarginRankingLoss", "margin_ranking_loss", "ContrastiveLoss",
            )
        },
        "distances that differ by the margin",
        reason=f"{PAIRS}; beyond the margin it is flat. Bradley and Terry's "
        "log(1 + exp(difference)) is the likelihood of which of two is nearer.",
    ),
    Entry(
        "pairwise ranking",
        "log(1 + exp(f_j - f_i)) over pairs of which i ranks above j, with weights",
        {
            "xgboost": ("rank:pairwise", "rank:ndcg", "rank:map"),
            "lightgbm": ("lambdarank", "rank_xendcg"),
            "catboost": ("PairLogit", "PairLogitPairwise", "YetiRank", "QueryRMSE", "QuerySoftMax"),
        },
        "scores whose differences are log-odds of ranking above",
        reason="A likelihood of pairs, of a family that is not here: without weights it is Bradley "
        "and Terry's model, each pair a Bernoulli with log-odds f_i - f_j. Pairs of one list are "
        "not independent, and the weights of NDCG make it none.",
    ),
    Entry(
        "connectionist temporal classification",
        "-log Σ over alignments Π p(symbol at t)",
        {"torch": ("CTCLoss", "ctc_loss"), "keras": ("CTC", "ctc")},
        "log-probabilities of symbols at each time",
        reason="A likelihood, of a family that is not here: the probability of a sequence of "
        "labels, its alignment to time summed out by the forward recursion; each step is a "
        "Categorical.",
    ),
    Entry(
        "Cox's partial likelihood",
        "-Σ over events (f_i - log Σ over those at risk exp f_j)",
        {"xgboost": ("survival:cox", "cox-nloglik"), "catboost": ("Cox",)},
        "log of the hazard ratio",
        reason="A partial likelihood: the probability of the order of events, the baseline hazard "
        "cancelled out. A row alone has no density, so there is no family; with a baseline it is "
        "survival:aft or ml.Weibull.",
    ),
    Entry(
        "Tweedie deviance",
        "2 (y^(2-p)/((1-p)(2-p)) - y f^(1-p)/(1-p) + f^(2-p)/(2-p)), 1 < p < 2",
        {
            "sklearn": ("mean_tweedie_deviance", "TweedieRegressor", "d2_tweedie_score"),
            "xgboost": ("reg:tweedie", "tweedie-nloglik"),
            "lightgbm": ("tweedie",),
            "catboost": ("Tweedie",),
        },
        "the mean of y given x",
        reason="A quasi-likelihood: variance φ mean^p. For 1 < p < 2 the law is compound Poisson "
        "and gamma, a Poisson number of gamma amounts, with a lump at 0; its density is a series "
        "without a closed form (Dunn and Smyth 2005, Statistics and Computing 15:267) and not "
        "here. power = 0 is Normal, 1 Poisson, 2 Gamma, 3 InverseGaussian: name it, as in "
        'noise_of("tweedie", power=2).',
        options={"power": Option(1.5, low=-inf, names=("power", "variance_power"))},
        becomes={
            0.0: "squared error",
            1.0: "Poisson deviance",
            2.0: "gamma deviance",
            3.0: "inverse Gaussian deviance",
        },
    ),
    Entry(
        "relative error",
        "|y - f|/|y|",
        {
            "sklearn": ("mean_absolute_percentage_error",),
            "lightgbm": ("mape",),
            "catboost": ("MAPE", "SMAPE"),
            "keras": ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mape"),
        },
        "the median of y given x weighted by 1/y, which is too low",
        reason="No likelihood: ∫ exp(-|y - f|/|y|) dy is infinite, as the loss tends to 1 for "
        "large y. For errors in per cent of y use the absolute error of log y.",
    ),
    Entry(
        "epsilon-insensitive",
        "max(0, |y - f| - ε)",
        {
            "sklearn": (
                "epsilon_insensitive", "squared_epsilon_insensitive", "SVR", "LinearSVR", "NuSVR",
            )
        },
        "near the median of y given x: anything within ε is as good",
        reason="A likelihood, of a family that is not here: flat for |y - f| < ε with exponential "
        "tails, exp(-loss)/(2 (1 + ε)) (Pontil, Mukherjee and Girosi 2000). ml.Huber or ml.Laplace "
        "have such tails without the flat.",
    ),
    Entry(
        "expectile",
        "|α - [y < f]| (y - f)²",
        {"catboost": ("Expectile",), "xgboost": ("reg:expectileerror",)},
        "the expectile α of y given x",
        reason="A likelihood, of a family that is not here: two halves of normal laws of different "
        "spread about f (Aigner, Amemiya and Poirier 1976, Int. Econ. Rev. 17:377).",
    ),
    Entry(
        "pseudo-Huber",
        "δ² (√(1 + ((y - f)/δ)²) - 1)",
        {"xgboost": ("reg:pseudohubererror",)},
        "between the mean and the median of y given x",
        reason="A likelihood, of a family that is not here: the symmetric hyperbolic law. ml.Huber "
        "and ml.HyperbolicSecant have the same centre and tails.",
    ),
    Entry(
        "fair",
        "c² (|y - f|/c - log(1 + |y - f|/c))",
        {"lightgbm": ("fair",)},
        "between the mean and the median of y given x",
        reason="A likelihood, of a family that is not here: exp(-loss) has a finite integral, with "
        "tails exp(-c |y - f|) times a power. ml.HyperbolicSecant is near.",
    ),
)  # fmt: skip
