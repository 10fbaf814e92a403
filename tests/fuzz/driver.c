/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzz target's corpus as an ordinary test: each file once as it is and cut off at several
 * lengths. Without arguments the target's own corpus; else the files and folders that are named.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

#define CUTS 8 /* of each input */

/* Memory of exactly the size, so that a sanitizer sees a read beyond. */
static void run_part(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	FUZZ_CHECK(copy);
	memcpy(copy, data, size);
	FUZZ_CHECK(!LLVMFuzzerTestOneInput(copy, size));
	free(copy);
}

static void run_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size + 1);
	FILE *f = fopen(path, "rb");

	FUZZ_CHECK(data && f);
	FUZZ_CHECK(fread(data, 1, size, f) == size);
	(void)fclose(f); /* only read */
	run_part(data, size);
	for (size_t i = 0; i < CUTS && size > CUTS; i++)
		run_part(data, size * i / CUTS);
	free(data);
}

/* Number of files run; what breaks ends the program. */
static unsigned run_path(const char *path)
{
	struct dirent *entry;
	unsigned n = 0;
	struct stat st;
	DIR *d;

	if (stat(path, &st)) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno)); /* as well as possible */
		return 0;
	}
	if (!S_ISDIR(st.st_mode)) {
		(void)fprintf(stderr, "%s\n", path); /* the last one printed is the guilty one */
		run_file(path, (size_t)st.st_size);
		return 1;
	}
	d = opendir(path);
	FUZZ_CHECK(d);
	while ((entry = readdir(d))) {
		char inside[1024];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		n += run_path(inside);
	}
	(void)closedir(d); /* only read */
	return n;
}

/* "…/fuzz-NAME" has its corpus in corpus/NAME. */
static unsigned run_own(const char *program)
{
	const char *name = strrchr(program, '/');
	char path[1024];

	name = strstr(name ? name : program, "fuzz-");
	FUZZ_CHECK(name);
	(void)snprintf(path, sizeof(path), SVCLB_TEST_DIR "/fuzz/corpus/%s", name + 5);
	return run_path(path);
}

int main(int argc, char **argv)
{
	unsigned n = 0;

	if (argc < 2)
		n = run_own(argv[0]);
	for (int i = 1; i < argc; i++)
		n += run_path(argv[i]);
	printf("%d%%: Checks: %u, Failures: 0, Errors: 0\n", n ? 100 : 0, n);
	return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
