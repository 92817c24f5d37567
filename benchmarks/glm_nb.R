# R's glm.nb on data of the kind of `negative binomial 1e5 x 6` in regression.py: Rscript benchmarks/glm_nb.R
# Prints the median of five warm fits with standard errors, in milliseconds.
library(MASS)
set.seed(0); n <- 1e5; X <- matrix(rnorm(n * 5), n); b <- rnorm(5) * 0.3
y <- rpois(n, exp(0.3 + X %*% b) * rgamma(n, 2, scale = 0.5)); d <- data.frame(y, X)
fit <- function() summary(glm.nb(y ~ ., d))$coefficients[, 2]
fit(); cat(median(replicate(5, system.time(fit())[["elapsed"]])) * 1000, "ms\n")
