// show_what.c - what a figure is about, in words; see show.h

#include <string.h>

#include "tonghop/show.h"

enum { PAIRS_MAX = TH_DIM_PAIRS_MAX + 2 };

static struct th_bytes in_lang(enum th_lang lang, const struct th_name *name)
{
    return lang == TH_LANG_VI ? name->vi : name->en;
}

static void append(char *out, size_t max, const char *before, struct th_bytes text)
{
    const size_t used = strlen(out);
    (void)snprintf(out + used,
                   max - used,
                   "%s%.*s",
                   before,
                   (int)text.size,
                   text.size > 0 ? (const char *)text.data : "");
}

// "cán bộ" for category=cadre, a measure's name for measure=RS01; the pair as it stands when the
// catalogue has no name for it.
static struct th_bytes
pair_name(const struct th_catalogue *catalogue, enum th_lang lang, struct th_bytes pair)
{
    const char *text = pair.data;
    const char *sign = memchr(text, '=', pair.size);
    if (sign == NULL) {
        return pair;
    }
    const struct th_bytes key = {.data = text, .size = (size_t)(sign - text)};
    const struct th_bytes member = {.data = sign + 1, .size = pair.size - key.size - 1};
    const struct th_dim *dim = th_catalogue_dim(catalogue, key);
    struct th_measure measure;
    if (dim == NULL && th_bytes_equal(key, TH_BYTES("measure")) &&
        th_catalogue_measure(catalogue, member, &measure) == TH_OK) {
        return in_lang(lang, &measure.name);
    }
    for (size_t i = 0; dim != NULL && i < dim->member_count; i++) {
        const struct th_bytes name = in_lang(lang, &dim->members[i].name);
        if (th_bytes_equal(dim->members[i].code, member) && name.size > 0) {
            return name;
        }
    }
    return pair;
}

char *th_show_dims(enum th_lang lang,
                   const struct th_catalogue *catalogue,
                   struct th_bytes dims,
                   char *out,
                   size_t max)
{
    const char *at = dims.data;
    const char *end = dims.size > 0 ? at + dims.size : at;
    out[0] = '\0';
    for (size_t i = 0; i < PAIRS_MAX && at < end; i++) {
        const char *next = memchr(at, ';', (size_t)(end - at));
        const size_t size = (size_t)((next != NULL ? next : end) - at);
        const struct th_bytes pair = {at, size};
        append(out, max, i == 0 ? "" : ", ", pair_name(catalogue, lang, pair));
        at += size + 1;
    }
    return out;
}

char *th_show_what(enum th_lang lang,
                   const struct th_catalogue *catalogue,
                   struct th_bytes code,
                   struct th_bytes dims,
                   char out[static TH_SHOW_WHAT_BYTES])
{
    struct th_measure measure;
    char names[TH_SHOW_WHAT_BYTES];
    out[0] = '\0';
    append(out, TH_SHOW_WHAT_BYTES, "", code);
    if (th_catalogue_measure(catalogue, code, &measure) == TH_OK) {
        const struct th_bytes name = in_lang(lang, &measure.name);
        if (name.size > 0 && !th_bytes_equal(name, code)) {
            append(out, TH_SHOW_WHAT_BYTES, " ", name);
        }
    }
    if (dims.size > 0) {
        (void)th_show_dims(lang, catalogue, dims, names, sizeof(names));
        append(out, TH_SHOW_WHAT_BYTES, " · ", th_bytes_of(names));
    }
    return out;
}
