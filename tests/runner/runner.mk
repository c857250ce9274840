# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Ringlet developers

TESTS += runner

.PHONY: run-runner
run-runner:
	@tests/runner/counts.sh
