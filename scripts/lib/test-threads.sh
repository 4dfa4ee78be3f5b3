#!/usr/bin/env bash
# Runs a test binary, for cargo. Each end-to-end test starts an installation of its own, and what it waits for takes
# that a few seconds: there are no more of them at a time than processors.
case $1 in
*/e2e_tests-*) export RUST_TEST_THREADS=${E2E_TEST_THREADS:-$(nproc)} ;;
esac
exec "$@"
