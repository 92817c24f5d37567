# What R 4.2.2 with MASS 7.3-58.2 and nnet 7.3-18 says, as docs/guides/coming-from.md quotes it:
#     Rscript tests/reference/make_peers.R
suppressMessages({library(MASS); library(nnet)})
options(digits = 12)
sprays <- glm.nb(count ~ spray, InsectSprays)
print(c(coef(sprays), theta = sprays$theta, SE.theta = sprays$SE.theta, logLik = logLik(sprays)))
print(sqrt(diag(vcov(sprays))))
wine <- data.frame(
  temp = rep(c("cold", "warm"), each = 10), contact = rep(rep(c("no", "yes"), each = 5), 2),
  rating = factor(rep(1:5, 4), ordered = TRUE),
  n = c(4, 9, 5, 0, 0, 1, 7, 8, 2, 0, 0, 5, 8, 3, 2, 0, 1, 5, 7, 5))
ordinal <- polr(rating ~ temp + contact, wine, weights = n, Hess = TRUE)
print(summary(ordinal)$coefficients); print(logLik(ordinal))
labels <- multinom(rating ~ contact, wine, weights = n, trace = FALSE)
print(coef(labels)); print(logLik(labels))
curve <- nls(rate ~ Vm * conc / (K + conc), subset(Puromycin, state == "treated"),
             start = list(Vm = 200, K = 0.1))
print(summary(curve)$coefficients); print(sigma(curve)); print(logLik(curve))
separated <- suppressWarnings(glm(c(0, 0, 0, 1, 1, 1) ~ seq(6), family = binomial))
print(separated$converged); print(summary(separated)$coefficients)
gamma <- glm(dist ~ speed, Gamma("log"), cars)
print(summary(gamma)$coefficients); print(summary(gamma)$dispersion); print(gamma.shape(gamma))
print(AIC(gamma)); print(logLik(gamma))
print(summary(lm(dist ~ speed, cars))$coefficients); print(sigma(lm(dist ~ speed, cars)))
print(anova(glm(count ~ 1, poisson, InsectSprays), glm(count ~ spray, poisson, InsectSprays), test = "LRT"))
