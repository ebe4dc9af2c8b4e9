// config_table.h - every setting of tonghop.yaml, in the order of documents
//
// C(section, key, kind, fallback, min, max, words, reload, vi, en)
//
// Sizes are in bytes, times in milliseconds. Words are separated by '|'. reload: SIGHUP applies it.

// clang-format off
C(common, lang, CHOICE, "auto", 0, 0, "auto|vi|en", false,
  "ngôn ngữ của thông báo", "language of messages")
C(common, log_level, CHOICE, "info", 0, 0, "error|warning|notice|info|debug", true,
  "ghi nhật ký từ mức nào", "what is logged: this level and worse ones")
C(common, log_format, CHOICE, "auto", 0, 0, "auto|journal|text|json", false,
  "dạng nhật ký; auto: text trên màn hình, journal khi systemd chạy", "form of log lines; auto: text, or journal under systemd")
C(common, keys, TEXT, "keys", 0, 0, NULL, false,
  "thư mục khóa; đường dẫn tương đối tính từ DIR", "directory of keys; relative to DIR")

C(broker, nodes, TEXT, "tcp://127.0.0.1:5570", 0, 0, NULL, false,
  "cửa cho các đơn vị; cổng 0: hệ thống chọn; nhiều cửa cách nhau bằng dấu phẩy", "door for nodes; port 0: chosen by the system; several with commas")
C(broker, workers, TEXT, "tcp://127.0.0.1:5571", 0, 0, NULL, false,
  "cửa cho worker", "door for workers")
C(broker, queries, TEXT, "tcp://127.0.0.1:5572", 0, 0, NULL, false,
  "cửa cho người xem", "door for viewers' questions")
C(broker, feed_out, TEXT, "tcp://127.0.0.1:5573", 0, 0, NULL, false,
  "cửa luồng tin cho người xem", "door of the feed for viewers")
C(broker, feed_in, TEXT, "tcp://127.0.0.1:5574", 0, 0, NULL, false,
  "cửa luồng tin của worker", "door of the feed for workers")
C(broker, connections_max, NUMBER, "12000", 16, 1000000, NULL, false,
  "số kết nối tối đa; so với giới hạn của hệ thống khi khởi động", "most connections; checked against the descriptor limit at start")
C(broker, handshake, DURATION, "5s", 3000, 60000, NULL, false,
  "kết nối chưa xác thực bị đóng sau thời gian này", "connections that are not authenticated are closed after it")
C(broker, memory_max, SIZE, "512MiB", 1048576, 1099511627776, NULL, true,
  "bộ nhớ hàng đợi của mọi bên; quá thì báo bận", "queued bytes of all peers; then BUSY")
C(broker, window_batches, NUMBER, "8", 1, 64, NULL, true,
  "số lô một đơn vị được gửi trước khi có xác nhận", "batches a node may have in flight")
C(broker, window_bytes, SIZE, "1MiB", 131072, 67108864, NULL, true,
  "số byte một đơn vị được gửi trước khi có xác nhận", "bytes a node may have in flight")
C(broker, self_test_every, DURATION, "5m", 1000, 86400000, NULL, true,
  "tự kiểm cửa sau mỗi khoảng này", "how often the doors are tested against an unknown key")

C(worker, broker, TEXT, "tcp://127.0.0.1:5571", 0, 0, NULL, false,
  "cửa worker của broker", "the broker's door for workers")
C(worker, feed, TEXT, "tcp://127.0.0.1:5574", 0, 0, NULL, false,
  "cửa luồng tin của broker", "the broker's door for the feed")
C(worker, state, TEXT, "state", 0, 0, NULL, false,
  "kho của các tỉnh; đường dẫn tương đối tính từ DIR", "stores of the provinces; relative to DIR")
C(worker, map_size, SIZE, "64GiB", 1048576, 70368744177664, NULL, false,
  "trần không gian địa chỉ của một kho, không chiếm đĩa", "ceiling of address space of a store, not allocated")
C(worker, turn_batches, NUMBER, "512", 1, 4096, NULL, true,
  "số lô tối đa của một lượt", "most batches of one turn")
C(worker, turn_bytes, SIZE, "4MiB", 131072, 67108864, NULL, true,
  "số byte tối đa của một lượt", "most bytes of one turn")
C(worker, turn_wait, DURATION, "5ms", 0, 1000, NULL, true,
  "một lượt gom tin nhiều nhất bao lâu; không chờ thêm", "longest draining of one turn; nothing waits for more to come")
C(worker, feed_keep, NUMBER, "256", 1, 100000, NULL, true,
  "số thay đổi giữ lại cho mỗi chủ đề", "deltas kept per topic")
C(worker, disk_free_min, PERCENT, "5%", 0, 90, NULL, false,
  "đĩa trống dưới mức này: không nhận thêm, vẫn trả lời", "below: no acknowledgement, BUSY, reads go on")
C(worker, queries_max, NUMBER, "64", 1, 4096, NULL, false,
  "số câu hỏi cùng lúc", "questions at once")
C(worker, answer_max, SIZE, "64MiB", 262144, 1073741824, NULL, false,
  "cỡ tối đa của một câu trả lời", "size of one answer")
C(worker, release, TEXT, "catalogue", 0, 0, NULL, false,
  "giờ ra kỳ công bố hằng ngày, dạng 06:00 theo múi giờ của danh mục; catalogue: theo danh mục; off: chỉ khi gọi publish", "when an edition of the public figures is made each day, such as 06:00 in the catalogue's time zone; catalogue: as that says; off: by publish alone")
C(worker, verify_at_start, CHOICE, "quick", 0, 0, "quick|full|off", false,
  "kiểm kho khi khởi động", "check of the store at start")
C(worker, reconnect_min, DURATION, "100ms", 10, 60000, NULL, false,
  "thử nối lại sau ít nhất", "shortest wait before connecting again")
C(worker, reconnect_max, DURATION, "1s", 10, 600000, NULL, false,
  "thử nối lại sau nhiều nhất", "longest wait before connecting again")
C(worker, attach_every, DURATION, "5s", 50, 10000, NULL, true,
  "báo cho broker sau mỗi khoảng này", "how often the broker is told which provinces are here")
C(worker, key_overlap, DURATION, "7d", 1000, 31622400000, NULL, true,
  "khóa cũ còn dùng được bao lâu bên cạnh khóa mới (keys rotate)", "a key that was changed is let in for this long beside the new one (keys rotate)")
C(worker, beat, DURATION, "1s", 50, 10000, NULL, true,
  "nhịp của luồng tin", "how often a beat is published")

C(node, brokers, LIST, "", 0, 0, NULL, false,
  "các broker, dùng một lúc một cái", "brokers; one in use, the next after three silent pings")
C(node, resend_first, DURATION, "5s", 50, 600000, NULL, true,
  "chờ xác nhận lần đầu", "first wait for an acknowledgement")
C(node, resend_max, DURATION, "5m", 100, 3600000, NULL, true,
  "chờ xác nhận lâu nhất", "longest wait for an acknowledgement")
C(node, keep_time, DURATION, "90d", 0, 3153600000000, NULL, true,
  "giữ lô đã xác nhận bao lâu, cho tỉnh mất dữ liệu", "acknowledged batches are kept this long for a province that lost data")
C(node, keep_bytes, SIZE, "1GiB", 0, 1099511627776, NULL, true,
  "giữ lô đã xác nhận nhiều nhất bao nhiêu", "and at most this much of them")
C(node, outbox_max, SIZE, "4GiB", 1048576, 1099511627776, NULL, true,
  "đầy thì import bị từ chối, không mất gì", "full: import is refused, nothing is dropped")
C(node, map_size, SIZE, "16GiB", 1048576, 70368744177664, NULL, false,
  "trần không gian địa chỉ của hộp gửi", "ceiling of address space of the outbox")
C(node, hello_wait, DURATION, "30s", 50, 600000, NULL, true,
  "chờ lời chào đáp lại bao lâu rồi nối lại", "without an answer to the greeting: connect anew")
C(node, hello_delay, DURATION, "2s", 0, 60000, NULL, true,
  "chào lại sau một lúc ngẫu nhiên đến mức này", "greet again after a random part of this")
C(node, silence, DURATION, "20s", 100, 600000, NULL, true,
  "im lặng bao lâu thì hỏi thăm", "silence after which the province is asked")
C(node, ping_wait, DURATION, "15s", 50, 600000, NULL, true,
  "chờ trả lời hỏi thăm", "wait for the answer to that")
C(node, reconnect_min, DURATION, "2s", 10, 60000, NULL, false,
  "thử nối lại sau ít nhất", "shortest wait before connecting again")
C(node, reconnect_max, DURATION, "8s", 10, 600000, NULL, false,
  "thử nối lại sau nhiều nhất", "longest wait before connecting again")
C(node, refused_wait, DURATION, "30s", 50, 600000, NULL, true,
  "khóa bị từ chối: thử lại sau", "key refused: try again after")
C(node, number, NUMBER, "0", 0, 4294967295, NULL, false,
  "số của nút hoặc người xem này (do join ghi)", "number of this node or viewer (written by join)")
C(node, lineage, TEXT, "", 0, 8, NULL, false,
  "tỉnh của nút hoặc người xem này (do join ghi)", "province of this node or viewer (written by join)")
C(node, queries, TEXT, "", 0, 0, NULL, false,
  "cửa hỏi số liệu (thư mục của người xem)", "door for questions (directory of a viewer)")
C(node, feed, TEXT, "", 0, 0, NULL, false,
  "cửa luồng tin (thư mục của người xem)", "door of the feed (directory of a viewer)")
// clang-format on
