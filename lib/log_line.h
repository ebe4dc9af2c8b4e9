// log_line.h - a line of the log in the making: bounded, escaped, always ended well
//
//   W1  size never passes TH_LOG_LINE_MAX, and there is always room for what ends the line.
//   W2  A field is whole, or it is the last one, has its closing quote, and the line ends with
//       U+2026 or, in JSON, with "cut":true.

#ifndef LIB_LOG_LINE_H
#define LIB_LOG_LINE_H

#include "tonghop/bytes.h"
#include "tonghop/log.h"

struct log_line {
    char bytes[TH_LOG_LINE_MAX];
    size_t size;
    bool full; // something was cut: nothing more is added
    bool json;
};

void log_line_raw(struct log_line *line, struct th_bytes text); // our own text: not escaped
void log_line_field(struct log_line *line, struct th_bytes key, struct th_bytes value);
void log_line_end(struct log_line *line);

#endif
