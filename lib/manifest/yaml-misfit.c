/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What no YAML stream may have: bytes that are not UTF-8, control characters, and where files were
 * joined, byte order marks at the beginning of a line. libyaml reads ahead,
 * and would refuse them while it is still in a document before theirs. So it gets a copy in which
 * they are question marks, and the reader refuses the document that reaches one.
 */
#include <stdlib.h>
#include <string.h>

#include "manifest/reader.h"
#include "util/utf8.h"

size_t yaml_line_break(const char *s, size_t len)
{
	if (len >= 2 && s[0] == '\r' && s[1] == '\n')
		return 2;
	if (len && (*s == '\n' || *s == '\r'))
		return 1;
	if (len >= 2 && !memcmp(s, "\xc2\x85", 2))
		return 2;
	return len >= 3 && (!memcmp(s, "\xe2\x80\xa8", 3) || !memcmp(s, "\xe2\x80\xa9", 3)) ? 3 : 0;
}

/* Bytes of a byte order mark that begins a line; in the midst of one it may be part of a text. */
static size_t late_mark(const char *text, size_t i, size_t len)
{
	return len - i >= 3 && !memcmp(text + i, "\xef\xbb\xbf", 3) &&
			       (!i || text[i - 1] == '\n' || text[i - 1] == '\r')
		       ? 3
		       : 0;
}

size_t misfits_mark(const struct misfits *f, size_t at)
{
	return late_mark(f->was, at, f->len);
}

/* Bytes of the character, 1 for what is none; *fits says whether YAML lets it be. */
static size_t look_at(const char *s, size_t left, bool *fits)
{
	uint32_t c;
	size_t n = utf8_next(s, left, &c);

	if (c < 0x80)
		*fits = (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
	else
		*fits = n && (c >= 0xa0 || c == 0x85) && c != 0xfffe && c != 0xffff;
	return n ? n : 1;
}

/* Goes on from where the last one was found. */
static void find_next(struct misfits *f, size_t from)
{
	size_t i = f->at;

	while (i < f->len && (i < from || f->was[i] == f->text[i])) {
		size_t n = yaml_line_break(f->text + i, f->len - i);

		f->place.column += ((unsigned char)f->text[i] & 0xc0) != 0x80;
		f->character += ((unsigned char)f->text[i] & 0xc0) != 0x80;
		if (n) {
			f->character += n == 2 && f->text[i] == '\r';
			f->place.column = 1;
			f->place.line++;
		}
		i += n ? n : 1;
	}
	f->at = i;
	if (i == f->len)
		f->character = SIZE_MAX;
}

int misfits_find(struct misfits *f, struct source *src, const char *text, size_t len)
{
	char *copy = NULL;
	size_t next = 0;
	bool fits;

	*f = (struct misfits){.was = text, .text = text, .len = len, .character = SIZE_MAX};
	for (size_t i = 0; i < len;) {
		size_t n = look_at(text + i, len - i, &fits);

		fits = fits && !late_mark(text, i, len);
		if (!source_goes_on_at(src, i, &next)) {
			free(copy);
			return -1;
		}
		if (!fits && !copy) {
			copy = malloc(len);
			if (!copy)
				return -1;
			memcpy(copy, text, len);
		}
		if (!fits)
			memset(copy + i, '?', n);
		i += n;
	}
	if (!copy)
		return 0;
	f->text = f->copy = copy;
	f->character = 0;
	f->place = (struct pos){.line = 1, .column = 1};
	find_next(f, 0);
	return 0;
}

void misfits_pass(struct misfits *f, size_t from)
{
	if (f->character != SIZE_MAX && f->at < from)
		find_next(f, from);
}

int misfits_fail(const struct misfits *f, struct source *src)
{
	uint32_t c;
	size_t n = utf8_next(f->was + f->at, f->len - f->at, &c);

	if (n && c == 0xfeff)
		return source_fail(src, SVCLB_EPARSE, f->place, "remove it",
				   "a byte order mark is only allowed at the beginning");
	if (n)
		return source_fail(src, SVCLB_EPARSE, f->place, NULL,
				   "not YAML: control characters are not allowed");
	return source_fail(src, SVCLB_EPARSE, f->place, "save the file as UTF-8",
			   "byte 0x%02x is not valid UTF-8", (unsigned char)f->was[f->at]);
}

void misfits_free(struct misfits *f)
{
	free(f->copy);
	f->copy = NULL;
}
