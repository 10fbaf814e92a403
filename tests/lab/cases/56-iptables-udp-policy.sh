#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# UDP clients that are not served any more, in mode iptables.
# shellcheck disable=SC2034  # read by the other one
UDP_MODE=iptables
# shellcheck source=tests/lab/cases/52-udp-policy.sh
. "${LAB_LIB%lib.sh}cases/52-udp-policy.sh"
