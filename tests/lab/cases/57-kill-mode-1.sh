#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies that change the mode, killed: a quarter of the system calls.
KILL_FIRST=1
# shellcheck source=tests/lab/kill-mode.sh
. "${LAB_LIB%lib.sh}kill-mode.sh"
