// catalogue.c - see catalogue.h

#include "tests/support/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

enum { FILES_MAX = 6, FINDINGS_MAX = 64, LINE_BYTES = 512 };

static struct th_finding kept[FINDINGS_MAX];

static struct th_catalogue *read_valid(const struct th_file *files, size_t count)
{
    struct th_findings findings = th_findings_of(kept, FINDINGS_MAX, "catalogue");
    struct th_catalogue *catalogue = NULL;
    const enum th_err err = th_catalogue_read(files, count, &findings, &catalogue);
    EXPECT(TH_OK, th_findings_print(&findings, TH_LANG_EN, FINDINGS_MAX, stderr));
    EXPECT(TH_OK, err);
    return catalogue;
}

struct th_catalogue *catalogue_vn(void)
{
    struct th_file files[FILES_MAX];
    char *texts[FILES_MAX];
    size_t count = 0;
    for (size_t i = 0; th_catalogue_file_name(i) != NULL; i++) {
        size_t size = 0;
        char *path = path_in(TONGHOP_SOURCE_DIR "/share/catalogue", th_catalogue_file_name(i));
        texts[count] = file_read(path, &size);
        free(path);
        if (texts[count] != NULL) {
            (void)snprintf(
                files[count].name, sizeof(files[count].name), "%s", th_catalogue_file_name(i));
            files[count].bytes = (struct th_bytes){.data = texts[count], .size = size};
            count++;
        }
    }
    struct th_catalogue *catalogue = read_valid(files, count);
    for (size_t i = 0; i < count; i++) {
        free(texts[i]);
    }
    return catalogue;
}

struct th_catalogue *catalogue_open(void)
{
    size_t count = 0;
    const struct th_file *files = th_catalogue_open_files(&count);
    return read_valid(files, count);
}

static size_t files_of(const struct catalogue_texts *texts, struct th_file files[static FILES_MAX])
{
    const char *const all[FILES_MAX] = {texts->settings,
                                        texts->measures,
                                        texts->schemes,
                                        texts->forms,
                                        texts->indicators,
                                        texts->targets};
    size_t count = 0;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (all[i] != NULL) {
            (void)snprintf(
                files[count].name, sizeof(files[count].name), "%s", th_catalogue_file_name(i));
            files[count].bytes = th_bytes_of(all[i]);
            count++;
        }
    }
    return count;
}

char *catalogue_findings(const struct catalogue_texts *texts)
{
    struct th_file files[FILES_MAX];
    struct th_findings findings = th_findings_of(kept, FINDINGS_MAX, "catalogue");
    struct th_catalogue *catalogue = NULL;
    char *lines = calloc(FINDINGS_MAX, LINE_BYTES);
    assert_non_null(lines);
    const enum th_err err = th_catalogue_read(files, files_of(texts, files), &findings, &catalogue);
    assert_int_equal(err == TH_OK, findings.count == 0);
    th_catalogue_free(&catalogue);

    for (size_t i = 0; i < findings.count; i++) {
        const struct th_finding *finding = th_findings_at(&findings, i);
        size_t used = strlen(lines);
        (void)snprintf(lines + used,
                       LINE_BYTES,
                       "%s%s:%u:%u %u",
                       i > 0 ? "\n" : "",
                       finding->file,
                       finding->line,
                       finding->column,
                       finding->verdict.code);
        for (size_t param = 0; param < finding->verdict.count; param++) {
            used = strlen(lines);
            (void)snprintf(lines + used, LINE_BYTES, " %s", finding->verdict.params[param]);
        }
    }
    return lines;
}

struct th_catalogue *catalogue_of(const struct catalogue_texts *texts)
{
    struct th_file files[FILES_MAX];
    return read_valid(files, files_of(texts, files));
}
