# The three-stage tandem in simmer, customers from a data frame: its fastest way in.  Called by benchmarks/peers.py:
#   Rscript simmer.R given CUSTOMERS FILE MONITORED    (FILE: doubles, column by column: arrival, class, services at the three stages)
#   Rscript simmer.R drawn CUSTOMERS SEED MONITORED    (MONITORED: 1 records what simmer records unless told otherwise, 0 nothing)
# Prints the CPU seconds, then the mean wait (s) of urgent and of ordinary customers; without a record from another run that has one.
library(simmer)

arguments <- commandArgs(trailingOnly = TRUE)
n <- as.integer(arguments[2])
given <- arguments[1] == "given"
monitored <- arguments[4] == "1"
if (given) {
  values <- matrix(readBin(arguments[3], "double", 5 * n), n)
} else {
  set.seed(as.integer(arguments[3]))
}

customers <- function() {
  if (given)
    return(data.frame(time = values[, 1], priority = 1 - values[, 2], first = values[, 3], second = values[, 4], third = values[, 5]))
  data.frame(time = cumsum(rexp(n, 9 / 600)), priority = as.numeric(runif(n) < 0.2),
             first = rexp(n, 1 / 600), second = rexp(n, 1 / 600), third = rexp(n, 1 / 600))
}

way <- trajectory() %>%
  seize("intake") %>% timeout_from_attribute("first") %>% release("intake") %>%
  seize("field") %>% timeout_from_attribute("second") %>% release("field") %>%
  seize("check") %>% timeout_from_attribute("third") %>% release("check")

run_once <- function(data, monitored) {
  simmer() %>%
    add_resource("intake", 10, mon = monitored) %>%
    add_resource("field", 10, mon = monitored) %>%
    add_resource("check", 10, mon = monitored) %>%
    add_dataframe("c", way, data, mon = as.numeric(monitored), time = "absolute",
                  col_attributes = c("first", "second", "third")) %>%
    run()
}

if (given)
  data <- customers()
invisible(gc())
began <- proc.time()
if (!given)
  data <- customers()
done <- run_once(data, monitored)
taken <- proc.time() - began

if (!monitored)
  done <- run_once(data, TRUE)
seen <- get_mon_arrivals(done)
number <- as.integer(substring(seen$name, 2)) + 1L
waits <- seen$end_time - seen$start_time - seen$activity_time
urgent <- data$priority[number] == 1
cat(format(c(sum(taken[c("user.self", "sys.self")]), mean(waits[urgent]), mean(waits[!urgent])), digits = 15), "\n")
