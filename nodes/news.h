// news.h - what the desk decided about the reports of this office, with what it wrote

#ifndef NODES_NEWS_H
#define NODES_NEWS_H

#include "nodes/desk.h"

// Is it a decision of the desk? Others are warnings and further findings about items.
bool news_is(unsigned code);

// The newest decision about item (seq, index). TH_E_NOT_FOUND: there is none. The text lives as
// long as the transaction.
TH_MUST_USE enum th_err
news_about(struct outbox *box, uint64_t seq, uint32_t index, struct th_notice *notice);

// Say one: "lưu ý TH2341: …: "comment". → …".
void news_say(const struct th_call *call, const struct th_notice *notice, FILE *out);

// Say all that came after notice number after, on stderr.
TH_MUST_USE enum th_err
news_say_since(const struct th_call *call, const struct home *home, uint64_t after);

// How many declarations of this office were returned and not sent again; tell (NULL: nobody) is
// called for each.
typedef void news_tell(void *self, const struct th_notice *notice);
TH_MUST_USE enum th_err
news_returned(struct outbox *box, news_tell *tell, void *self, uint64_t *count);
// Say which they are, on out.
TH_MUST_USE enum th_err
news_say_returned(const struct th_call *call, const struct home *home, FILE *out);

#endif
