# Figures of R's survey package and others, with which tests/estimates/test_captures.py compares those of jobimpact.
#
#   Rscript tests/golden/captures.R
#
# draws three small inputs from a seed (persons.csv, cells.csv, labels.csv), reads them back, and writes captures.csv.
# Needs the packages below; from Debian: r-cran-survey r-cran-aer r-cran-lavaan r-cran-hmisc.

packages <- c("survey", "sandwich", "lmtest", "AER", "lavaan", "Hmisc")
suppressPackageStartupMessages(for (name in packages) library(name, character.only = TRUE))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
input_path <- function(name) file.path(folder, name)
write_input <- function(table, name) write.csv(table, input_path(name), row.names = FALSE, quote = FALSE, na = "", eol = "\n")
read_input <- function(name) read.csv(input_path(name))

# ---- inputs -----------------------------------------------------------------------------------------------------------

set.seed(20261201)
between <- function(x) pmin(pmax(x, 0), 1)

soc <- c("11-1021", "13-2011", "15-1252", "25-2021", "29-1141", "35-3031", "41-2031", "43-4051", "47-2061", "51-3011",
         "53-3032", "37-2011")  # the last one has no score
n <- length(soc)
beta <- sample(seq(0.05, 0.9, 0.05), n)
exposures <- data.frame(
  soc_code = soc, exposure_alpha = round(beta * runif(n, 0.2, 0.6), 3), exposure_beta = beta,
  exposure_gamma = between(round(beta * 1.4, 3)), exposure_automation = round(between(beta + rnorm(n, 0, 0.1)), 3),
  exposure_beta_se = round(runif(n, 0.02, 0.12), 3))
exposures[n, -1] <- NA
cells <- merge(expand.grid(sector = c("a", "b", "c"), soc_code = soc), exposures)
m <- nrow(cells)
cells <- cbind(cells, tot_emp = 10 * sample(20:900, m), emp_prse = round(runif(m, 1, 20), 1),
               a_mean = 10 * sample(2500:15000, m), mean_prse = round(runif(m, 0.5, 6), 1), women = round(runif(m, 0.1, 0.9), 2))
cells$a_median <- round(0.9 * cells$a_mean)
cells$tot_emp[c(5, 17)] <- NA
write_input(cells, "cells.csv")

# 12 strata of 2 units; even weights, so that balanced half samples keep their rank to the last digit.
units <- expand.grid(psu = 1:2, stratum = 1:12)
persons <- units[rep(seq_len(nrow(units)), sample(5:9, nrow(units), replace = TRUE)), c("stratum", "psu")]
n <- nrow(persons)
persons <- data.frame(
  persons, cluster = 10 * persons$stratum + persons$psu, fraction = (0.02 * (1:12))[persons$stratum],
  weight = 4 * sample(50:400, n, replace = TRUE), soc_code = sample(soc, n, replace = TRUE),
  sex = sample(c("f", "m"), n, replace = TRUE), region = sample(c("e", "n", "s"), n, replace = TRUE),
  age = sample(18:66, n, replace = TRUE))
truth <- rnorm(n) + 0.3 * rnorm(24)[2 * persons$stratum + persons$psu - 2]
persons <- cbind(persons, rating = round(truth + rnorm(n, 0, 0.4), 2), second = round(truth + rnorm(n, 0, 0.5), 2))
noise <- rnorm(n) * (1 + 0.3 * abs(truth))
persons$outcome <- round(1 + 0.8 * truth + 0.02 * persons$age + 0.3 * (persons$region == "n") + noise, 3)
persons$wage <- round(exp(10 + 0.3 * truth + rnorm(n, 0, 0.3)))
persons$wage[sample(n, 6)] <- NA
stratified <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = persons, nest = TRUE)
clustered <- svydesign(~cluster, weights = ~weight, data = persons)
# Successive differences: two neighbours among the lines of a Hadamard matrix say how the weight of a unit changes.
sign <- 2 * hadamard(19) - 1
line <- 2 + as.integer(factor(persons$cluster)) %% 18
factors <- 1 + (sign[line, ] - sign[line + 1, ]) / 2^1.5
replicates <- list(
  brr = weights(as.svrepdesign(stratified, type = "BRR"), "analysis"),
  fay = weights(as.svrepdesign(stratified, type = "Fay", fay.rho = 0.5), "analysis"),
  jackknife = weights(as.svrepdesign(clustered, type = "JK1"), "analysis"),
  sdr = persons$weight * factors,
  bootstrap = weights(as.svrepdesign(clustered, type = "bootstrap", replicates = 20), "analysis"))
for (kind in names(replicates)) {
  columns <- as.data.frame(round(replicates[[kind]], 3))
  persons <- cbind(persons, setNames(columns, paste0(kind, seq_along(columns))))
}
write_input(persons, "persons.csv")

n <- 220
score <- round(between(rnorm(n, 0.4, 0.25)), 3)
labels <- data.frame(
  soc_code = rep(soc[1:11], each = 20), task_weight = sample(1:2, n, replace = TRUE), size = round(runif(n, 1, 4), 2),
  alpha = round(score * 0.4, 3), beta = score, gamma = between(round(score * 1.3, 3)),
  automation = round(between(score + rnorm(n, 0, 0.1)), 3), second = round(between(score + rnorm(n, 0, 0.2)), 3))
labels$label <- round(2 * between(score + rnorm(n, 0.05, 0.25))) / 2
labels$label[-sample(n, 60)] <- NA
write_input(labels, "labels.csv")

# ---- captures ---------------------------------------------------------------------------------------------------------

captures <- list()
capture <- function(call, input, group, quantity, value) {
  program <- sub("::.*", "", call)
  captures[[length(captures) + 1]] <<- data.frame(
    program = program, version = as.character(packageVersion(program)), "function" = sub(".*::", "", call), input = input,
    group = as.character(group), quantity = quantity, value = sprintf("%.17g", as.numeric(value)), check.names = FALSE)
}
cells <- read_input("cells.csv")
persons <- read_input("persons.csv")
labels <- read_input("labels.csv")
exposures <- cells[!duplicated(cells$soc_code), grep("soc_code|exposure", names(cells))]
measures <- c("alpha", "beta", "gamma", "automation")

# Persons of a survey: means, ratios and totals of domains under eleven designs.
persons <- merge(persons, exposures, sort = FALSE)
persons <- within(persons, {
  matched <- as.numeric(!is.na(exposure_beta))
  paid <- matched * !is.na(wage)
  bill <- ifelse(paid == 1, wage, 0)
  exposed_bill <- ifelse(paid == 1, wage * exposure_beta, 0)
  share_workers_10 <- pnorm((exposure_beta - 0.1) / exposure_beta_se)
  share_workers_50 <- pnorm((exposure_beta - 0.5) / exposure_beta_se)
  all <- "all"
})
sample_design <- function(...) svydesign(weights = ~weight, data = persons, ...)
replicate_design <- function(kind, type, ...) {
  svrepdesign(weights = ~weight, repweights = persons[grep(paste0("^", kind, "[0-9]+$"), names(persons))], type = type,
              data = persons, combined.weights = TRUE, mse = TRUE, ...)
}
designs <- list(
  persons = sample_design(ids = ~1), strata = sample_design(ids = ~1, strata = ~stratum), units = sample_design(ids = ~cluster),
  "strata and units" = sample_design(ids = ~psu, strata = ~stratum, nest = TRUE),
  "finite strata" = sample_design(ids = ~1, strata = ~stratum, fpc = ~fraction),
  "finite strata and units" = sample_design(ids = ~psu, strata = ~stratum, fpc = ~fraction, nest = TRUE),
  brr = replicate_design("brr", "BRR"), fay = replicate_design("fay", "Fay", rho = 0.5),
  jackknife = replicate_design("jackknife", "JK1", scale = 23 / 24), sdr = replicate_design("sdr", "successive-difference"),
  bootstrap = replicate_design("bootstrap", "bootstrap"))
for (name in names(designs)) {
  design <- designs[[name]]
  input <- paste("persons:", name)
  scored <- subset(design, matched == 1)
  df <- degf(design)
  ends <- confint(svymean(~exposure_beta, scored), df = df)
  capture("survey::degf", input, "all", "sampling_df", df)
  capture("survey::confint(svymean)", input, "all", "low", ends[1])
  capture("survey::confint(svymean)", input, "all", "high", ends[2])
  for (by in c("all", "sex", "region")) {
    means <- svyby(~exposure_beta, reformulate(by), scored, svymean)
    capture("survey::svyby(svymean)", input, means[[by]], "se_sampling", SE(means))
    ratios <- svyby(~exposed_bill, reformulate(by), denominator = ~bill, design, svyratio)
    capture("survey::svyby(svyratio)", input, ratios[[by]], "ratio_se", SE(ratios))
  }
}
for (by in c("all", "sex", "region")) {
  group <- reformulate(by)
  for (column in c(paste0("exposure_", measures[1:3]), "share_workers_10", "share_workers_50")) {
    means <- svyby(reformulate(column), group, subset(designs$strata, matched == 1), svymean)
    capture("survey::svyby(svymean)", "persons: strata", means[[by]], column, coef(means))
  }
  ratios <- svyby(~exposed_bill, group, denominator = ~bill, designs$strata, svyratio)
  capture("survey::svyby(svyratio)", "persons: strata", ratios[[by]], "exposure_beta_wage_bill", coef(ratios))
  totals <- svyby(~bill + matched, group, designs$strata, svytotal)
  capture("survey::svyby(svytotal)", "persons: strata", totals[[by]], "wage_bill", totals$bill)
  capture("survey::svyby(svytotal)", "persons: strata", totals[[by]], "emp_matched", totals$matched)
  shares <- svyby(~matched, group, designs$strata, svymean)
  capture("survey::svyby(svymean)", "persons: strata", shares[[by]], "matched_share", coef(shares))
}

# Cells of published employment: means by jobs and by the wage bill, parts of employment by wage.
cells <- within(cells, {
  share_workers_10 <- pnorm((exposure_beta - 0.1) / exposure_beta_se)
  share_workers_50 <- pnorm((exposure_beta - 0.5) / exposure_beta_se)
  bill <- tot_emp * a_mean
  one <- 1
})
released <- subset(cells, !is.na(tot_emp))
released$matched <- as.numeric(!is.na(released$exposure_beta))
jobs <- svydesign(~1, weights = ~tot_emp, data = released)
scored <- subset(released, matched == 1)
scored_jobs <- svydesign(~1, weights = ~tot_emp, data = scored)
for (column in c(paste0("exposure_", measures), "share_workers_10", "share_workers_50")) {
  means <- svyby(reformulate(column), ~sector, scored_jobs, svymean)
  capture("survey::svyby(svymean)", "cells", means$sector, column, coef(means))
}
means <- svyby(~exposure_beta, ~sector, svydesign(~1, weights = ~bill, data = scored), svymean)
capture("survey::svyby(svymean)", "cells", means$sector, "exposure_beta_wage_bill", coef(means))
means <- svyby(~matched, ~sector, jobs, svymean)
capture("survey::svyby(svymean)", "cells", means$sector, "matched_share", coef(means))
totals <- svyby(~one + a_mean, ~sector, scored_jobs, svytotal)
capture("survey::svyby(svytotal)", "cells", totals$sector, "emp_matched", totals$one)
capture("survey::svyby(svytotal)", "cells", totals$sector, "wage_bill", totals$a_mean)
counts <- svyby(~one, ~sector, scored_jobs, unwtd.count)
capture("survey::svyby(unwtd.count)", "cells", counts$sector, "n_occupations", counts$counts)
for (sector in c("a", "b", "c")) {
  rows <- released[released$sector == sector, ]
  middle <- (wtd.rank(rows$a_median, rows$tot_emp) - 0.5) / sum(rows$tot_emp)
  capture("Hmisc::wtd.rank", "cells", paste(sector, rows$soc_code), "wage_quintile", floor(5 * middle) + 1)
}

# The variance ledger by the delta method: estimates as functions of the employment T, the wages W and the exposures F of cells.
delta <- function(estimate, values, errors) {
  totals <- structure(values, class = "svystat", var = diag(errors^2), statistic = "total")
  svycontrast(totals, list(figure = parse(text = estimate)[[1]]))
}
cell <- seq_len(nrow(scored))
employment <- setNames(c(scored$tot_emp, scored$a_mean), c(paste0("T", cell), paste0("W", cell)))
employment_errors <- employment * c(scored$emp_prse, scored$mean_prse) / 100
mean_of <- function(share, value, bill = FALSE) {
  amount <- paste0(share, "*T", cell, if (bill) paste0("*W", cell))[share != 0]
  paste0("(", paste(amount, value[share != 0], sep = "*", collapse = "+"), ")/(", paste(amount, collapse = "+"), ")")
}
sectors <- sapply(c(a = "a", b = "b", c = "c"), function(sector) as.numeric(scored$sector == sector))
shares <- c(as.data.frame(sectors), list(women = scored$women, men = 1 - scored$women))
values <- list(exposure_beta = scored$exposure_beta, exposure_beta_wage_bill = scored$exposure_beta,
               share_workers_50 = as.numeric(scored$exposure_beta >= 0.5),
               share_workers_10 = as.numeric(scored$exposure_beta >= 0.1))
minus <- function(left, right) paste0("(", left, ")-(", right, ")")
gaps <- list(c("a", "b"), c("b", "c"), c("women", "men"))
for (column in names(values)) {
  formulas <- lapply(shares, mean_of, value = values[[column]], bill = grepl("bill", column))
  for (gap in gaps) formulas[[paste(gap, collapse = " - ")]] <- minus(formulas[[gap[1]]], formulas[[gap[2]]])
  for (group in names(formulas)) {
    estimate <- delta(formulas[[group]], employment, employment_errors)
    capture("survey::svycontrast", "ledger", group, column, coef(estimate))
    capture("survey::svycontrast", "ledger", group, paste(column, "sampling se"), SE(estimate))
  }
}
for (group in names(shares)) {
  difference <- minus(mean_of(shares[[group]], scored$exposure_beta, TRUE), mean_of(shares[[group]], scored$exposure_beta))
  estimate <- delta(difference, employment, employment_errors)
  capture("survey::svycontrast", "ledger", group, "exposure_beta_wage_bill - exposure_beta sampling se", SE(estimate))
}
# One occupation has one error, in whichever sectors it is.
occupations <- exposures[!is.na(exposures$exposure_beta), ]
errors_of <- function(share, amount) {
  sums <- tapply(share * amount, factor(scored$soc_code, occupations$soc_code), sum) / sum(share * amount)
  paste(sprintf("%.17g", sums), paste0("F", seq_along(sums)), sep = "*", collapse = "+")
}
for (column in c("exposure_beta", "exposure_beta_wage_bill")) {
  amount <- if (grepl("bill", column)) scored$tot_emp * scored$a_mean else scored$tot_emp
  formulas <- lapply(shares, errors_of, amount = amount)
  for (gap in gaps) formulas[[paste(gap, collapse = " - ")]] <- minus(formulas[[gap[1]]], formulas[[gap[2]]])
  for (group in names(formulas)) {
    means <- setNames(occupations$exposure_beta, paste0("F", seq_len(nrow(occupations))))
    estimate <- delta(formulas[[group]], means, occupations$exposure_beta_se)
    capture("survey::svycontrast", "ledger", group, paste(column, "model se"), SE(estimate))
  }
}

# Tasks to occupations, and sectors by two raters.
tasks <- svydesign(~1, weights = ~task_weight, data = labels)
for (measure in measures) {
  means <- svyby(reformulate(measure), ~soc_code, tasks, svymean)
  capture("survey::svyby(svymean)", "tasks", means$soc_code, measure, coef(means))
}
for (rater in c("beta", "second")) {
  means <- svyby(reformulate(rater), ~soc_code, tasks, svymean)
  rated <- merge(released, data.frame(soc_code = means$soc_code, score = coef(means)))
  for (weight in c("tot_emp", "bill")) {
    estimate <- svyby(~score, ~sector, svydesign(~1, weights = reformulate(weight), data = rated), svymean)
    column <- if (weight == "bill") "exposure_beta_wage_bill" else "exposure_beta"
    capture("survey::svyby(svymean)", paste("raters:", rater), paste(estimate$sector, column), "estimate", coef(estimate))
  }
}

# Labels of some tasks and predictions of all: the regression estimator, weighted means and gaps by the jackknife.
drawn <- labels[!is.na(labels$label), ]
drawn$all_tasks <- nrow(labels)
srs <- svydesign(~1, fpc = ~all_tasks, data = drawn)
calibrated <- calibrate(srs, ~beta, c("(Intercept)" = nrow(labels), beta = sum(labels$beta)))
line <- lm(label ~ beta, drawn)
drawn$rest <- residuals(line)
rest <- svymean(~rest, svydesign(~1, fpc = ~all_tasks, data = drawn))
estimate <- coef(svymean(~label, calibrated))
capture("survey::svymean(calibrate)", "labels", "equal", "estimate", estimate)
capture("survey::svymean", "labels", "equal", "se", SE(rest))
capture("survey::confint(svymean)", "labels", "equal", "low", estimate + confint(rest, df = nrow(drawn) - 1)[1])
capture("survey::confint(svymean)", "labels", "equal", "high", estimate + confint(rest, df = nrow(drawn) - 1)[2])
capture("survey::svymean", "labels", "equal", "labels_only", coef(svymean(~label, srs)))
capture("survey::svymean", "labels", "equal", "labels_only_se", SE(svymean(~label, srs)))
capture("stats::lm", "labels", "equal", "tuning", coef(line)[2])
jackknife <- as.svrepdesign(srs, type = "JK1")
mean_by <- function(column) function(w, data) sum(w * data[[column]] * data$label) / sum(w * data[[column]])
gap <- function(w, data) mean_by("size")(w, data) - mean_by("task_weight")(w, data)
estimates <- list(size = withReplicates(jackknife, mean_by("size")), "size - task_weight" = withReplicates(jackknife, gap))
for (group in names(estimates)) {
  capture("survey::withReplicates(JK1)", "labels", group, "labels_only", coef(estimates[[group]]))
  capture("survey::withReplicates(JK1)", "labels", group, "labels_only_se", SE(estimates[[group]]))
}
plug_in <- svymean(~beta, svydesign(~1, weights = ~size, data = labels))
capture("survey::svymean", "labels", "size", "plug_in", coef(plug_in))
for (others in 0:4) {
  capture("stats::binom.test", "rare labels", others, "reach", binom.test(others, 40)$conf.int[2])
}

# Correlations of two ratings.
persons <- read_input("persons.csv")
for (sex in c("all", "f", "m")) {
  rows <- if (sex == "all") persons else persons[persons$sex == sex, ]
  test <- cor.test(rows$rating, rows$second)
  capture("stats::cor.test", "correlations", sex, "pearson", test$estimate)
  capture("stats::cor.test", "correlations", sex, "pearson_low", test$conf.int[1])
  capture("stats::cor.test", "correlations", sex, "pearson_high", test$conf.int[2])
  capture("stats::cor", "correlations", sex, "spearman", cor(rows$rating, rows$second, method = "spearman"))
  weighted_cor <- function(x, y) cov.wt(cbind(x, y), rows$weight / sum(rows$weight), cor = TRUE)$cor[1, 2]
  capture("stats::cov.wt", "correlations", sex, "pearson_emp", weighted_cor(rows$rating, rows$second))
  ranks <- lapply(rows[c("rating", "second")], wtd.rank, weights = rows$weight)
  capture("Hmisc::wtd.rank", "correlations", sex, "spearman_emp", weighted_cor(ranks$rating, ranks$second))
}

# Regressions.
term_names <- function(names) sub("view", "rating", sub("region", "region_", sub("\\(Intercept\\)", "const", names)))
write_fit <- function(call, input, fit, covariance, df, terms = names(coef(fit))) {
  tests <- coeftest(fit, vcov. = covariance, df = df)[terms, , drop = FALSE]
  ends <- coefci(fit, vcov. = covariance, df = df)[terms, , drop = FALSE]
  table <- cbind(tests, ends)
  colnames(table) <- c("estimate", "se", "t", "p", "low", "high")
  for (quantity in colnames(table)) capture(call, input, term_names(terms), quantity, table[, quantity])
}
clusters <- length(unique(persons$stratum))
robust <- function(fit) vcovHC(fit, type = "HC1")
by_stratum <- function(fit) vcovCL(fit, cluster = persons$stratum, type = "HC1")
plain <- lm(outcome ~ rating + age + region, persons)
by_jobs <- lm(outcome ~ rating + age + region, persons, weights = weight)
write_fit("sandwich::vcovHC", "regress: ols", plain, robust(plain), df.residual(plain))
write_fit("sandwich::vcovHC", "regress: ols weights", by_jobs, robust(by_jobs), df.residual(by_jobs))
write_fit("sandwich::vcovCL", "regress: ols cluster", plain, by_stratum(plain), clusters - 1)
write_fit("sandwich::vcovCL", "regress: ols weights cluster", by_jobs, by_stratum(by_jobs), clusters - 1)
instrumented <- ivreg(outcome ~ rating + age + region | second + age + region, data = persons)
by_jobs <- ivreg(outcome ~ rating + age + region | second + age + region, data = persons, weights = weight)
write_fit("AER::ivreg", "regress: iv", instrumented, robust(instrumented), df.residual(instrumented))
write_fit("AER::ivreg", "regress: iv weights cluster", by_jobs, by_stratum(by_jobs), clusters - 1)
first <- lm(rating ~ second + age + region, persons)
capture("lmtest::waldtest", "regress: iv", "rating", "first_stage_f", waldtest(first, . ~ . - second, vcov = robust)$F[2])
twice <- rbind(transform(persons, copy = "1", view = rating, other = second, person = seq_along(rating)),
               transform(persons, copy = "2", view = second, other = rating, person = seq_along(rating)))
stacked <- ivreg(outcome ~ view + copy + copy:age | copy:other + copy + copy:age, data = twice)
by_person <- vcovCL(stacked, cluster = twice$person, type = "HC1")
by_stratum_twice <- vcovCL(stacked, cluster = twice$stratum, type = "HC1")
write_fit("AER::ivreg", "regress: oriv", stacked, by_person, nrow(persons) - 3, "view")
write_fit("AER::ivreg", "regress: oriv cluster", stacked, by_stratum_twice, clusters - 1, "view")

# Errors in variables as a latent variable with a known error, of which the model is just identified.
moments <- cov(persons[c("rating", "second")]) * (nrow(persons) - 1) / nrow(persons)
sizes <- c(error_se = 0.4^2, reliability = 0.2 * moments[1, 1], replicate = moments[1, 1] - moments[1, 2])
for (size in names(sizes)) {
  model <- sprintf("view =~ 1*rating; rating ~~ %.17g*rating; outcome ~ view + age; view ~~ age; age ~~ age
                    view ~ 1; rating ~ 0*1; outcome ~ 1; age ~ 1", sizes[[size]])
  # Of the optimisers of lavaan, Gauss-Newton alone goes to the last digit.
  fit <- lavaan(model, persons, auto.var = TRUE, se = "robust.huber.white", information = "observed",
                observed.information = "h1", optim.method = "GN", baseline = FALSE)
  paths <- subset(parameterEstimates(fit), lhs == "outcome" & op != "~~")
  term <- ifelse(paths$op == "~1", "const", sub("view", "rating", paths$rhs))
  capture("lavaan::lavaan", paste("regress: eiv", size), term, "estimate", paths$est)
  # lavaan divides by n, HC1 by n - k.
  capture("lavaan::lavaan", paste("regress: eiv", size), term, "se", paths$se * sqrt(nrow(persons) / (nrow(persons) - 3)))
}
lambdas <- c(0, 0.5, 1, 1.5, 2)
path <- 0.8 / (1 + 0.2 * (1 + lambdas))
for (degree in 1:2) {
  curve <- lm(path ~ poly(lambdas, degree, raw = TRUE))
  end <- predict(curve, data.frame(lambdas = -1))
  capture("stats::predict(lm)", "extrapolate", c("linear", "quadratic")[degree], "estimate", end)
}

write.csv(do.call(rbind, captures), input_path("captures.csv"), row.names = FALSE, quote = FALSE, eol = "\n")
