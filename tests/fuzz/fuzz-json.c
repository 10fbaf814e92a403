/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Manifests in JSON only: an input that the other reader would take is passed over. */
#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && (*data == '{' || *data == '['))
		fuzz_manifest(data, size);
	return 0;
}
