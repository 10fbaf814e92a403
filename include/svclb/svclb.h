/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsvclb: Kubernetes-style L4 service load balancing on Linux, as a library.
 *
 *   manifests or builders -> model -> state -> plan -> kernel
 *
 * svclb_apply() is the whole way in one call; every stage is also public.
 */
#ifndef SVCLB_H
#define SVCLB_H

#include "apply.h"
#include "error.h"
#include "model.h"
#include "monitor.h"
#include "options.h"
#include "state.h"
#include "version.h"

#endif
