// wording.h - what an update says, in a sentence for people
//
//   283/539 (52,5%)       mức 3 hoàn thành tốt nhiệm vụ, điểm 87,50       rút số liệu
//   level 3 good, score 87.50       to 31450, 6 months, scores 512.50      5 control totals

#ifndef NODES_WORDING_H
#define NODES_WORDING_H

#include "tonghop/catalogue.h"
#include "tonghop/register.h"
#include "tonghop/text.h"
#include "tonghop/update.h"

enum { WORDING_BYTES = 1024 };

struct wording {
    enum th_lang lang;
    const struct th_register *reg;        // NULL: no register yet, codes only
    const struct th_catalogue *catalogue; // NULL: no catalogue yet
};

// Each writes a C string and returns out.
char *wording_of(const struct wording *with,
                 const struct th_update *update,
                 char out[static WORDING_BYTES]);

// "93 Tỉnh Hậu Giang", as the unit was called in that period.
char *wording_unit(const struct wording *with,
                   struct th_bytes ref,
                   struct th_bytes period,
                   char out[static WORDING_BYTES]);

#endif
