# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034 # bats reads the variable
#
# More than one try for tests that a busy machine can fail.

# has_three_tries: lets the test fail twice. That is for a test that measures time, or
# where another process has to be quicker than a time limit of the program: a machine
# that is busy may not let it run meanwhile. tests/run says which were tried again.
has_three_tries() {
	BATS_TEST_RETRIES=2
	((${BATS_TEST_TRY_NUMBER:-1} == 1)) ||
		printf '%s: %s\n' "${BATS_TEST_FILENAME##*/tests/}" \
			"$BATS_TEST_DESCRIPTION" >>"${TRIED_AGAIN:-/dev/null}"
}
