// file.h - whole files: read within a bound, replaced so that a power cut leaves the old or the new
// one

#ifndef TONGHOP_FILE_H
#define TONGHOP_FILE_H

#include <stddef.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"

enum { TH_FILE_PATH_MAX = 4096 };

/**
 * The whole file, with a NUL behind it that is not counted.
 *
 * Ownership: the caller frees *bytes (th_free_scoped).
 * Errors:    TH_E_NOT_FOUND, TH_E_DENIED, TH_E_TOO_LARGE above max bytes, TH_E_IO, TH_E_NO_MEMORY.
 *            errno says why.
 */
TH_MUST_USE enum th_err th_file_read(const char *path, size_t max, char **bytes, size_t *size);

/**
 * Replace path by bytes with the given mode: temporary file beside it, fsync, rename, fsync of the
 * directory. TH_OK means that the new content survives a power cut.
 *
 * Errors: TH_E_FULL, TH_E_DENIED, TH_E_NOT_FOUND (no such directory), TH_E_IO: path is as it was.
 */
TH_MUST_USE enum th_err th_file_replace(const char *path, struct th_bytes bytes, unsigned mode);

// The same, but TH_E_EXISTS when there is such a file already.
TH_MUST_USE enum th_err th_file_create(const char *path, struct th_bytes bytes, unsigned mode);

// Make a directory 0700 unless it is there. TH_E_IO, TH_E_DENIED, TH_E_NOT_FOUND (no parent).
TH_MUST_USE enum th_err th_dir_make(const char *path);
bool th_dir_is_empty(const char *path); // true also when there is none

#endif
