/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Export macro, and the version of the headers and of the library found at run time. */
#ifndef SVCLB_VERSION_H
#define SVCLB_VERSION_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SVCLB_API __attribute__((visibility("default")))
#else
#define SVCLB_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SVCLB_VERSION_MAJOR 0
#define SVCLB_VERSION_MINOR 1
#define SVCLB_VERSION_PATCH 0
#define SVCLB_VERSION	    "0.1.0"

/*
 * Version of the library in use, "MAJOR.MINOR.PATCH". Static storage, never NULL. May differ from
 * SVCLB_VERSION, which is the version of the headers the caller was compiled with.
 * Any thread. Since 0.1.
 */
SVCLB_API const char *svclb_version(void);

/*
 * Frees text that a function of this library returned through a `char **`. NULL is allowed.
 * Any thread. Since 0.1.
 */
SVCLB_API void svclb_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
