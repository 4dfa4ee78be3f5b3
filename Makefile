# Thin on purpose: the work is done by scripts/*.sh. Variables given on make's command line reach them through
# the environment, and each recipe is one plain command, so that a signal to make reaches the script itself.

.DEFAULT_GOAL := help
.PHONY: help run test test-full fresh chaos kafka bench lint fmt dashboard env clean

help:
	@scripts/help.sh

run:
	@scripts/run.sh

test:
	@scripts/test.sh

test-full:
	@scripts/test-full.sh

fresh:
	@scripts/fresh.sh

chaos:
	@scripts/chaos.sh

kafka:
	@scripts/kafka.sh

bench:
	@scripts/bench.sh

lint:
	@scripts/lint.sh

fmt:
	@scripts/fmt.sh

dashboard:
	@scripts/dashboard.sh --if-needed all

env:
	@scripts/env.sh

clean:
	@scripts/clean.sh
