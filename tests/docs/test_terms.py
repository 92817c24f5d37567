"""A person who looks for a thing by the field's word finds a page that runs it."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS, written

#: The words by which people look, as statisticians, engineers and economists say them.
TERMS = """
linear regression · logistic regression · Poisson regression · negative binomial regression ·
gamma regression · beta regression · ordinal regression · proportional odds · multinomial logit ·
quantile regression · median regression · robust regression · nonlinear regression · dose-response ·
heteroscedasticity · overdispersion · offset · exposure · interaction · spline ·
categorical predictor · covariate · maximum likelihood · log-likelihood · score ·
Fisher information · standard error · confidence interval · profile likelihood · Wald test ·
likelihood-ratio test · p-value · odds ratio · rate ratio · marginal effect · elasticity ·
prediction interval · quantile · percentile · return level · EC50 · delta method ·
sandwich estimator · robust standard errors · clustered standard errors · AIC · BIC ·
model comparison · separation · collinearity · Firth · ridge · lasso · generalized linear model ·
distribution fitting · extreme value · loss function · cross-entropy · sampling weights ·
convergence
""".replace("\n", " ").split(" · ")


def heads(text: str) -> str:
    """The headings of a page and its first sentence, without case."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    prose = re.sub(r"^#[^\n]*$|^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL).strip()
    first = re.split(r"(?<=[.?])\s", re.sub(r"\s+", " ", prose), maxsplit=1)[0]
    return " ".join([*headings, first]).lower().replace("-odds", " odds")


RUN = [
    heads(text)
    for page in written()
    if DOCS in page.parents and "```pycon" in (text := page.read_text(encoding="utf-8"))
]


def test_there_are_sixty_terms():
    assert len({term.strip() for term in TERMS}) == 60


@pytest.mark.parametrize("term", [term.strip() for term in TERMS])
def test_a_page_that_runs_has_the_term_in_a_heading_or_its_first_sentence(term):
    assert any(term.lower() in found for found in RUN)


def test_every_recipe_is_short_and_in_the_list():
    recipes = {page.stem: page for page in (DOCS / "recipes").glob("*.md")}
    listed = re.findall(r"<([a-z-]+)>$", recipes.pop("index").read_text("utf-8"), re.MULTILINE)
    assert set(listed) == set(recipes)
    assert len(listed) == 16
