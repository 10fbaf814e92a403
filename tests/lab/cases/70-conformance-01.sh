#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The vectors 1 to 16 of tests/conformance on a real kernel.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/conformance.sh
. "${LAB_LIB%/lib.sh}/conformance.sh"

conform 1 16
lab_end
