# Reference numbers by base R and its recommended packages alone; run it to make reference.csv anew:
#
#   Rscript tests/reference/make_reference.R > tests/reference/reference.csv
#
# Made with R 4.2.2, MASS 7.3-58.2 and survival 3.5-3. Standard errors are from the observed
# information and carried to natural parameters by the delta method.

suppressPackageStartupMessages({
  library(MASS)
  library(survival)
})

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
cases <- readLines(file.path(dirname(script), "cases.json"))

# The first column of a case: R alone reads no JSON, and each case is on a line of its own.
data_of <- function(id) {
  line <- grep(sprintf('"id": "%s"', id), cases, fixed = TRUE, value = TRUE)
  column <- sub('.*"data": \\{"[a-z]*": \\[([^]]*)\\].*', "\\1", line)
  as.numeric(strsplit(column, ", ")[[1]])
}

show <- function(id, ...) {
  found <- c(...)
  cat(sprintf("%s,%s,%.17g\n", id, names(found), found), sep = "")
}

cat("id,quantity,value\n")

# Location-scale models of log y: theirs are log(scale) and 1/shape.
of_logs <- function(id, y, dist) {
  fit <- survreg(Surv(y) ~ 1, dist = dist, control = list(rel.tolerance = 1e-14, maxiter = 100))
  se <- sqrt(diag(vcov(fit)))
  scale <- exp(coef(fit)[[1]])
  shape <- 1 / fit$scale
  show(id, scale = scale, shape = shape, se_scale = scale * se[[1]], se_shape = shape * se[[2]],
       loglik = fit$loglik[2])
}
of_logs("gb_weibull", data_of("gb_gamma"), "weibull")
of_logs("bearings_weibull", data_of("bearings_weibull"), "weibull")
of_logs("adv_weibull_wide", data_of("adv_weibull_wide"), "weibull")
of_logs("endo_llogis", data_of("endo_llogis"), "loglogistic")

# Gamma: the score of the shape by its root, the mean known.
y <- data_of("gb_gamma")
n <- length(y)
gap <- log(mean(y)) - mean(log(y))
shape <- uniroot(function(a) log(a) - digamma(a) - gap, c(0.1, 100), tol = 1e-14)$root
show("gb_gamma", mean = mean(y), shape = shape, se_mean = mean(y) / sqrt(n * shape),
     se_shape = 1 / sqrt(n * (trigamma(shape) - 1 / shape)),
     loglik = sum(dgamma(y, shape, rate = shape / mean(y), log = TRUE)))

# Lognormal: closed form.
y <- data_of("danish_lnorm")
n <- length(y)
mu <- mean(log(y))
sigma <- sqrt(mean((log(y) - mu)^2))
show("danish_lnorm", mu = mu, sigma = sigma, se_mu = sigma / sqrt(n),
     se_sigma = sigma / sqrt(2 * n), loglik = sum(dlnorm(y, mu, sigma, log = TRUE)))

# Counts.
y <- data_of("toxocara_nbinom")
size <- theta.ml(y, mean(y), limit = 100, eps = 1e-12)
show("toxocara_nbinom", mean = mean(y), size = size[[1]],
     se_mean = sqrt(mean(y) * (1 + mean(y) / size[[1]]) / length(y)),
     se_size = attr(size, "SE"), loglik = sum(dnbinom(y, size, mu = mean(y), log = TRUE)))
y <- data_of("prussian_poisson")
show("prussian_poisson", mean = mean(y), se_mean = sqrt(mean(y) / length(y)),
     loglik = sum(dpois(y, mean(y), log = TRUE)))

# Precision weights: weighted least squares, and a gamma whose shape is the weight's multiple.
y <- c(9.7, 10.4, 10.1, 11.3, 8.9, 10.8, 9.5)
w <- c(1, 4, 2, 0.5, 0.25, 3, 1.5)
fit <- lm(y ~ 1, weights = w)
sigma <- sqrt(deviance(fit) / length(y))
show("weighted_lm", mu = coef(fit)[[1]], sigma = sigma,
     se_mu = sigma * sqrt(summary(fit)$cov.unscaled[[1]]), loglik = as.numeric(logLik(fit)))
fit <- glm(y ~ 1, Gamma(link = "log"), weights = w, control = list(epsilon = 1e-15, maxit = 100))
shape <- gamma.shape(fit, it.lim = 100, eps.max = 1e-10)
show("weighted_gamma", mean = exp(coef(fit)[[1]]), shape = shape$alpha, se_shape = shape$SE)

# Tests of a value. Seven heads in ten: Wilson's interval is the score test, inverted.
heads <- prop.test(7, 10, p = 0.5, correct = FALSE)
coin <- data.frame(heads = c(1, 1, 1, 0, 1, 1, 0, 1, 1, 0))
show("seven_of_ten", score = heads$statistic[[1]], p_value = heads$p.value,
     low = heads$conf.int[1], high = heads$conf.int[2],
     lr = 2 * (logLik(glm(heads ~ 1, binomial, coin, epsilon = 1e-14)) - 10 * log(0.5))[[1]])
y <- c(3, 5, 1, 7, 4, 6)
null <- glm(y ~ 0 + offset(rep(log(3), 6)), poisson)
free <- glm(y ~ 1, poisson, epsilon = 1e-14)
rao <- anova(glm(y ~ 0 + offset(rep(log(3), 6)), poisson), free, test = "Rao")
show("poisson_three", lr = deviance(null) - deviance(free), score = rao$Rao[2],
     p_score = rao$`Pr(>Chi)`[2], p_lr = pchisq(deviance(null) - deviance(free), 1,
                                                lower.tail = FALSE),
     aic = AIC(free), bic = BIC(free))
