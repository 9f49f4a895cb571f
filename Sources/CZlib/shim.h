#include <zlib.h>

// inflateInit2 is a macro, which Swift cannot call. 31 asks for gzip with the largest window.
static inline int tandem_gzip_start(z_stream *stream) { return inflateInit2(stream, 31); }
