#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The vectors 67 to 72 of tests/conformance on a real kernel.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/conformance.sh
. "${LAB_LIB%/lib.sh}/conformance.sh"

conform 67 72
lab_end
