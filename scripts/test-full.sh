#!/usr/bin/env bash
# make test-full: make test with the fault tests' rounds of make chaos, and with the tests that take long. It takes hours, so a workflow runs it nightly.
#
#   ROUNDS   of each fault test, 20
export TEST_FULL=true TEST_ROUNDS=${ROUNDS:-20} STEP_TIMEOUT=${STEP_TIMEOUT:-4h}
exec "$(dirname "$0")/test.sh"
