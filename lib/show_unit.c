// show_unit.c - a unit of another day, as people read it

#include "tonghop/show.h"

char *th_show_unit(enum th_lang lang,
                   const struct th_register *reg,
                   struct th_bytes ref,
                   th_day target,
                   char out[static TH_SHOW_UNIT_BYTES])
{
    const bool vi = lang == TH_LANG_VI;
    struct th_bytes code = ref;
    th_day day = TH_DAY_NONE;
    char people[TH_DAY_TEXT_BYTES] = "";
    char name[TH_SHOW_UNIT_BYTES / 2] = "";
    struct th_unit unit;
    if (th_unit_ref_parse(ref, &code, &day) != TH_OK || day == TH_DAY_NONE) {
        return th_bytes_copy_text(ref, out, TH_SHOW_UNIT_BYTES);
    }
    (void)th_day_people(lang, day, people);
    if (th_register_on(reg, th_register_find(reg, code, day), day, &unit) == TH_OK) {
        (void)snprintf(name,
                       sizeof(name),
                       "%.*s %.*s ",
                       (int)unit.type.size,
                       (const char *)unit.type.data,
                       (int)unit.name.size,
                       (const char *)unit.name.data);
    }
    const char *sign = day < target ? (vi ? "đến " : "until ") : vi ? "từ " : "from ";
    (void)snprintf(out,
                   TH_SHOW_UNIT_BYTES,
                   name[0] != '\0' ? "%s(%.*s%s%s%s)" : "%s%.*s%s%s%s",
                   name,
                   (int)code.size,
                   (const char *)code.data,
                   day == target ? "" : ", ",
                   day == target ? "" : sign,
                   day == target ? "" : people);
    return out;
}
