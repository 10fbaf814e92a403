#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The backends alone, below all other stages: there and back, failing steps, foreign objects, lost permissions.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

assert_rc "kernel backends carry steps out and put them back" 0 kernel-test 2000
lab_end
