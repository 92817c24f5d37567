"""A fit: frozen, with the field's words. Its methods are short calls into the packages below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mostlikely.derivation import explained
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.inference.coefficients import coefficients
from mostlikely.inference.covariance import covariance
from mostlikely.inference.delta import Quantity
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.marginal import effects
from mostlikely.inference.residuals import residuals
from mostlikely.inference.without_rows import without_rows
from mostlikely.likelihood.keys import Named
from mostlikely.peers import Answering
from mostlikely.results import store
from mostlikely.results.comparison import Comparison
from mostlikely.results.effects import MarginalEffects
from mostlikely.solve.objective import Vector
from mostlikely.tables.page import Page
from mostlikely.tables.tabular import Tabular
from mostlikely.verdict.proof import Proof, limit_of

if TYPE_CHECKING:
    from mostlikely.derivation.steps import Derivation

__all__ = ["Fit", "Quantity"]


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Fitted, Tabular, Answering):
    """The most likely parameters of a noise model, how sure they are, and a proven verdict.

    Made by `fit`, never by hand.

    Attributes
    ----------
    model : Family
        The noise model, with whatever was fixed.
    params : mapping of str to float
        The free parameters, natural scale, in order.
    loglik : float
        The maximised log-likelihood with every constant.
    n : float
        The number of observations: the total weight, if the weights are frequencies.
    df : float
        The number of free parameters, by rank; under a penalty, how many the estimate is worth.
    verdict : Verdict
        How the fit ended; ``verdict.ok`` and its sentence.
    label : str
        What was fitted: the column's name, or "y".
    rows : int
        Rows used.
    dropped : int
        Rows left out as missing.
    weight_kind : str
        "none", "frequency", "precision" or "sampling".
    limit : Distribution, optional
        On a boundary, the simpler model that the verdict names.
    penalty : Firth, Ridge or Lasso, optional
        What was added to the log-likelihood; ``loglik`` is without it.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Normal(), [2.1, 1.9, 2.0, 2.3, 1.8])
    >>> round(fit.params["mu"], 10)
    2.02
    """

    @staticmethod
    def of(proof: Proof, model: Family, bound: Any = None, library: str | None = None) -> Fit:
        """The fit that a proof and its model make."""
        likelihood = proof.likelihood
        sample, penalty = likelihood.unreduced.sample, likelihood.penalty
        weighting, names, x = sample.weighting, likelihood.names, proof.optimum.x
        return Fit(
            model=model,
            params=MappingProxyType(Named({k: proof.params[k] for k in names})),
            loglik=proof.loglik if penalty is None else likelihood.plain.value(x),
            n=sample.n,
            df=proof.rank or likelihood.size if penalty is None else penalty.degrees(likelihood, x),
            verdict=proof.verdict,
            label=sample.label,
            rows=sample.rows,
            dropped=sample.dropped,
            weight_kind=weighting.name,
            _observed=covariance(proof),
            limit=limit_of(proof),
            _proof=proof,
            _bound=bound,
            penalty=penalty,
            _library=library,
        )

    def residuals(self, kind: str = "quantile", seed: Any = 0) -> Vector:
        """What each row leaves over, shape (rows,), in the order of the rows that were kept.

        Parameters
        ----------
        kind : {"quantile", "deviance", "pearson", "response", "cox-snell", "martingale"}
            Quantile: Φ⁻¹ of the row's fitted distribution function at y, standard normal if the
            model holds; of whole numbers randomised within their jump (Dunn and Smyth 1996,
            J. Comput. Graph. Stat. 5). Response: y − mean. Pearson: that over the fitted standard
            deviation. Deviance: the signed root of twice the log-likelihood by which the row falls
            short of the saturated model, in which each row has the best value of the first
            parameter for itself; where that is a dispersion times a distance (normal, gamma,
            inverse Gaussian), the distance, as in R's ``glm``. Cox-Snell: minus the logarithm of
            the fitted survival at y, unit exponentials if the model holds; martingale: one less
            that. Where y was seen in part the first are drawn between the ends' probabilities.
        seed : int or Generator
            Of the random draws; the same fit has the same residuals.

        Raises
        ------
        ModelError
            Where the family has no mean, its labels no order, or a row no saturated model.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Normal("y ~ x"), {"x": [0, 0, 1, 1], "y": [1.0, 3.0, 4.0, 6.0]})
        >>> fit.residuals().round(6).tolist()       # (y - mu)/sigma
        [-1.0, 1.0, -1.0, 1.0]
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> fit.residuals("deviance").round(4).tolist()     # R's residuals(glm(...), "deviance")
        [-0.6149, 0.5491, -0.4205, 0.3976]
        """
        return residuals(self, kind, seed)

    def marginal_effects(
        self,
        *terms: str,
        what: str = "mean",
        data: Any = None,
        at: Any = None,
        covariance: str | None = None,
        cluster: Any = None,
        rows: Any = None,
        kind: str = "dydx",
        **options: Any,
    ) -> MarginalEffects:
        """What each column does to the mean, on average over the rows, by the delta method.

        Of numbers it is the average derivative in the column, through all its terms, or an
        elasticity; of labels and booleans the average difference from the base level. How:
        `inference.marginal`.

        Parameters
        ----------
        *terms : str
            Columns of the data; all that predict by default.
        what : str
            As in `predict`, with the same options: "mean", "sd", a parameter, "quantile" (with
            ``q=``), "cdf" (with ``at=``), "probability" (with ``level=``) and so on.
        data : dataframe or mapping, optional
            Rows to average over; by default those of the fit, by their weights.
        at : optional
            The value at which a probability is taken. "mean" or a mapping is one of ``rows``.
        covariance, cluster : optional
            Kind and clusters of `covariance`.
        rows : "mean" or mapping, optional
            One row at the means (labels at the commonest level); or all rows with some columns
            set: ``rows={"age": 40}``.
        kind : {"dydx", "eyex", "eydx", "dyex"}
            Stata's names: per unit, or in shares of the prediction (ey), of the column (ex), or
            of both, which is the elasticity; averaged over rows. Labels have no share.
        **options
            ``q``, ``level``, ``period``, ``offset``; of a `joint` model ``member``, counted from 0.

        Raises
        ------
        ModelError, DataError
            For a column that the model does not read; for one whose coefficients are infinite or
            not identified.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> print(fit.marginal_effects()["x"])      # log 2 times the mean of n, 4.5
        3.11916 ± 2.37
        >>> print(fit.marginal_effects(kind="eyex")["x"])  # log 2 times the mean of x, 0.5
        0.346574 ± 0.25
        """
        found = effects(
            self, terms, what, data, at, covariance, cluster, rows=rows, kind=kind, **options
        )
        return MarginalEffects(**vars(found))

    def compare(self, *others: Any) -> Comparison[Fit]:
        """Rank this fit beside others of the same data, by AIC.

        Examples
        --------
        >>> import mostlikely as ml
        >>> y = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]
        >>> ml.fit("exponential", y).compare(ml.fit("gamma", y)).best.model
        Gamma()
        """
        strangers = [other for other in others if not isinstance(other, Fit)]
        if strangers:
            raise ModelError(f"fits are compared with fits; got {strangers[0]!r}.")
        return Comparison.of([self, *others])

    # What it means.

    def sample(self, n: int, seed: int | None = None) -> Vector:
        """n draws from the fitted distribution.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.fit("poisson", [3, 5, 1, 7]).sample(5, seed=1).shape
        (5,)
        """
        return self.distribution.sample(n, seed)

    # Words and pictures.

    def records(self, **options: Any) -> list[dict[str, Any]]:
        """The rows of the table as plain dicts, with the column names of R's broom.

        ``parameter``, ``term`` (None of a constant), ``estimate``, ``std_error``, ``statistic``,
        ``p_value``, ``conf_low``, ``conf_high``; None where there is no number. The statistic is
        Wald's z against 0, for what may be any real number: of a scale, 0 is no hypothesis.

        Parameters
        ----------
        **options
            As in `summary`.

        Examples
        --------
        >>> import mostlikely as ml
        >>> mu, sigma = ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]).records()
        >>> round(mu["statistic"], 3), sigma["statistic"]
        (26.254, None)
        """
        return [row.record() for row in coefficients(self, **options).rows]

    def page(self, **options: Any) -> Page:
        """The table with the words around it, as `summary`, before it is text."""
        from mostlikely.report import summary_page

        return summary_page(self, **options)

    def summary(
        self,
        level: float = 0.95,
        method: str = "wald",
        *,
        covariance: str | None = None,
        cluster: Any = None,
        exponentiate: bool = False,
        small_sample: bool = False,
    ) -> str:
        """The fit as text: the model in words, a row per parameter, the verdict.

        Parameters
        ----------
        level, method : optional
            Of the intervals, as in `interval`.
        covariance, cluster : optional
            Kind and clusters of `covariance`, for errors, z, p and Wald's intervals.
        exponentiate : bool
            Coefficients as the ratios that they are the logarithms of: odds ratios (logit of a
            probability), rate ratios (log of a mean count), ratios of means, time ratios (log of
            a scale of times), hazard ratios.
        small_sample : bool
            Of the normal linear model: Student's t, errors with the divisor n − p.

        Raises
        ------
        ModelError
            Where a ratio has no name on the model's links, or small samples are not known.

        Examples
        --------
        >>> import mostlikely as ml
        >>> "interior maximum" in ml.fit("poisson", [3, 5, 1, 7]).summary()
        True
        """
        from mostlikely.report import summary

        return summary(
            self,
            level=level,
            method=method,
            covariance=covariance,
            cluster=cluster,
            exponentiate=exponentiate,
            small_sample=small_sample,
        )

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        values = ", ".join(f"{k}={v:.6g}" for k, v in self.params.items())
        return f"<Fit of {self.model!r} to {self.label}: {values}; {self.verdict.short}>"

    def _repr_html_(self) -> str:
        from mostlikely.report import html

        return html(self)

    def plot(self, **options: Any) -> Any:
        """The data, the fit and its residuals; see `plot.fit_plot`."""
        from mostlikely.plot import fit_plot

        return fit_plot(self, **options)

    def explain(self) -> Derivation:
        """How this estimate is found, step by step, with the numbers of these data put in.

        Raises
        ------
        MissingPackage
            Without SymPy.

        Examples
        --------
        >>> import mostlikely as ml
        >>> steps = ml.fit("poisson", [3, 5, 1, 7]).explain().steps
        >>> print(steps[5].text)
        mean = ȳ
        >>> print(steps[-2].text)
        n = 4
        Σ yᵢ = 16
        >>> print(steps[-1].text)
        mean = ȳ = 4,  se = √(mean/n) = 1
        """
        return explained(self)

    def save(self, path: Any, data: bool = False) -> None:
        """Write the fit as a JSON file that holds no code; `load` reads it.

        Parameters
        ----------
        path : str or Path
        data : bool
            Whether the data are in it. Without them the loaded fit predicts, draws and tests by
            Wald; likelihood ratios, scores, profiles and residuals need them.

        Raises
        ------
        ModelError
            If a term of a formula is anything but columns, numbers, arithmetic and known
            functions. Functions of your own are not in the file: `load` takes them again.

        Examples
        --------
        >>> import mostlikely as ml, tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "fit.json"
        >>> ml.fit("poisson", [3, 5, 1, 7]).save(path)
        >>> dict(ml.load(path).params)
        {'mean': 4.0}
        """
        store.save(self, path, data)

    def without_data(self, whole: bool = True) -> Fit:
        """The fit without the data: it predicts, tests by Wald and draws, and is small.

        What a loaded fit can do, this one can; it keeps functions of your own besides.

        Parameters
        ----------
        whole : bool
            Whether what takes passes over the rows is computed now, as for a file: of up to 30
            parameters HC1 to HC3, and the expected covariance of up to 2,000 rows; the samples that
            `prediction_interval` is calibrated by. Otherwise it keeps the usual covariance and the
            sandwich.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
        >>> light = fit.without_data()
        >>> light.predict({"x": [1]}).value.round(6).tolist(), light.has_data
        ([6.0], False)
        """
        if not self.has_data:
            return self
        found = without_rows(self, self.evidence(), whole)
        return replace(self, _proof=found.proof, _bound=found.bound)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: views of mappings become the mappings."""
        return {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for k, v in state.items():
            frozen = MappingProxyType(Named(v)) if k in ("params", "standard_errors") else v
            object.__setattr__(self, k, frozen)
