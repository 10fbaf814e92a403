/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests in either language. */
#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_manifest(data, size);
	return 0;
}
