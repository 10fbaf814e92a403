#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A node that kube-proxy left behind is taken over while clients use it.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"
# shellcheck source=tests/lab/live.sh
. "${LAB_LIB%lib.sh}live.sh"
# shellcheck source=tests/lab/takeover.sh
. "${LAB_LIB%lib.sh}takeover.sh"

takeover_node || { fail "a node comes up"; lab_end; }
take_over 44-dual-stack
take_over 67-mixed-ten-services older
lab_end
