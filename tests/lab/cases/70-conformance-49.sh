#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The vectors 49 to 66 of tests/conformance on a real kernel.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/conformance.sh
. "${LAB_LIB%/lib.sh}/conformance.sh"

conform 49 66
lab_end
