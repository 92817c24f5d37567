# Reference numbers of robust errors and of aliased columns; run it to make clusters.csv anew:
#
#   Rscript tests/reference/make_clusters.R > tests/reference/clusters.csv
#
# Made with R 4.2.2, sandwich 3.0-2, clubSandwich 0.5.8 and MASS 7.3-58.2. petersen.csv holds the
# first 60 firms of sandwich's PetersenCL (Petersen 2009, Review of Financial Studies 22), rounded.

suppressPackageStartupMessages({
  library(MASS)
  library(sandwich)
  library(clubSandwich)
})

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
d <- read.csv(file.path(dirname(script), "petersen.csv"))
d$up <- as.integer(d$y > 0)
d$w <- 1 + (d$year %% 3) / 2

show <- function(id, found) cat(sprintf("%s,%s,%.17g\n", id, names(found), found), sep = "")
errors <- function(id, v) {
  found <- sqrt(diag(as.matrix(v)))
  show(id, setNames(found, c("Intercept", "x")))
}

cat("id,quantity,value\n")

ols <- lm(y ~ x, d)
wls <- lm(y ~ x, d, weights = w)
logit <- glm(up ~ x, binomial, d, epsilon = 1e-14, maxit = 100)
rows <- d[rep(seq_len(nrow(d)), d$year %% 3 + 1), ]
often <- lm(y ~ x, rows)
for (kind in c("HC0", "HC1", "HC2", "HC3")) {
  errors(paste("ols", kind), vcovHC(ols, kind))
  errors(paste("wls", kind), vcovHC(wls, kind))
  errors(paste("logit", kind), vcovHC(logit, kind))
  errors(paste("often", kind), vcovHC(often, kind))
}
for (kind in c("CR0", "CR1", "CR1S", "CR2", "CR3")) {
  for (by in c("firm", "year")) {
    errors(paste("ols", kind, by), vcovCR(ols, d[[by]], kind))
  }
  if (kind != "CR2") errors(paste("logit", kind, "firm"), vcovCR(logit, d$firm, kind))
  errors(paste("often", kind, "firm"), vcovCR(often, rows$firm, kind))
  if (kind != "CR2") {
    errors(paste("wls", kind, "firm"), vcovCR(wls, d$firm, kind, target = 1 / d$w, inverse_var = TRUE))
  }
}
errors("ols CR1S both", vcovCL(ols, ~ firm + year, type = "HC1"))
errors("ols CR0 both", vcovCL(ols, ~ firm + year, type = "HC0", cadjust = FALSE))

# Aliased columns: no child of the last form is a slow learner.
whole <- glm(Days ~ Eth + Sex + Age * Lrn, poisson, quine, epsilon = 1e-14, maxit = 100)
part <- update(whole, . ~ Eth + Sex + Age)
test <- anova(part, whole, test = "Chisq")
show("quine", c(
  df = attr(logLik(whole), "df"), loglik = as.numeric(logLik(whole)), aic = AIC(whole),
  bic = BIC(whole), statistic = test$Deviance[2], test_df = test$Df[2]
))
