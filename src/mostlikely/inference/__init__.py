"""How sure can one be? Covariances, intervals, tests, predictions, residuals.

All of it starts from a `verdict.proof.Proof`: the likelihood of what is regular, its maximum, and
how the limit sits in the model. So one sample, a regression, members and boundaries are one case.

Open `covariance` first; then `profile` and `intervals`, `hypothesis_tests`, and `prediction` with
`rows` below it. `fitted.Fitted` is what a fit is to those who show, draw, save or derive it:
`estimate` has its fields, `uncertainty` its errors, `evidence` what it was found with.

Nothing here may know `results`, or how a number is printed; what needs another maximum asks
`verdict.estimate`, or `solve` with something held.
"""
