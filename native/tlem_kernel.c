/*
 * The loops over the records of a shared buffer, in C: the same as in io.tlem.buffer.RecordWriter and RecordReader, with
 * what Java has not, stores past the caches and prefetching.
 *
 *   record   stride 32 bits, length 24, fate 8 | arrival | release | spare | packet ... up to stride
 */
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    FIRST_RECORD = 4096, /* offset in the buffer */
    HEADER = 32,
    LINE = 64,
    MIN_STRIDE = 128,
    PADDING = 0xFF,
    LENGTH_LIMIT = 1 << 24,
    AHEAD = 1024,    /* bytes that are fetched ahead, at least */
    SLOTS_AHEAD = 8, /* slots that are fetched ahead */
    SHORT = 128,     /* up to here a packet has too few lines for the hardware to fetch the next ones by itself */
    LONG = 480       /* from here on a record is always written past the caches */
};

static uint64_t stride_of(uint64_t length) {
    uint64_t stride = (HEADER + length + LINE - 1) & -(uint64_t)LINE;
    return stride < MIN_STRIDE ? MIN_STRIDE : stride;
}

static void copy_64(uint8_t *restrict to, const uint8_t *restrict from) { memcpy(to, from, 64); }

#if defined(__SSE2__)
/* Writes whole lines, past the caches: a line that is only written need not be fetched first. */
static void store_streaming(uint8_t *record, uint64_t stride, const uint64_t header[3], const uint8_t *from,
                            uint64_t length) {
    __m128i *to = (__m128i *)record;
    __m128i *end = (__m128i *)(record + stride);
    const __m128i *packet = (const __m128i *)from;
    const __m128i *last = (const __m128i *)(from + ((length + 15) & ~(uint64_t)15));
    _mm_stream_si128(to++, _mm_set_epi64x((long long)header[1], (long long)header[0]));
    _mm_stream_si128(to++, _mm_set_epi64x(0, (long long)header[2]));
    while (packet < last) {
        _mm_stream_si128(to++, _mm_loadu_si128(packet++));
    }
    while (to < end) {
        _mm_stream_si128(to++, _mm_setzero_si128());
    }
}
#endif

static void store(uint8_t *record, const uint64_t header[3], const uint8_t *from, uint64_t length) {
    memcpy(record, header, 24);
    if (length <= 64) {
        copy_64(record + HEADER, from);
    } else {
        memcpy(record + HEADER, from, length);
    }
}

/*
 * Stores packets behind each other, but for those whose release time is omit, until one does not lie in the port's memory,
 * with 64 bytes at least. Records are written past the caches if streaming says so, those of long packets always: what
 * one core has in its cache and another wants costs both more than memory does. There is room for all, also when the end of the buffer comes in between. Returns how many were
 * looked at.
 *
 * state: where the next record goes, which is brought up to date; the packets' bytes, to which theirs are added.
 */
int32_t tlem_append(uint8_t *buffer, int64_t end, int32_t streaming, const uint8_t *from, int64_t from_bytes,
                    const int64_t *offsets, const int32_t *lengths, const int64_t *arrivals, const int64_t *releases,
                    int64_t omit, int32_t count, int64_t *state) {
    int64_t at = state[0];
    int64_t bytes = 0;
    int32_t i = 0;
    for (; i < count; i++) {
        int64_t length = lengths[i];
        int64_t offset = offsets[i];
        if (length < 0 || length >= LENGTH_LIMIT || offset < 0 || offset > from_bytes - (length < 64 ? 64 : length)) {
            break;
        }
        if (i + SLOTS_AHEAD < count && lengths[i + SLOTS_AHEAD] <= SHORT) { /* longer ones the hardware sees coming */
            __builtin_prefetch(from + offsets[i + SLOTS_AHEAD], 0);
        }
        bytes += length;
        if (releases[i] == omit) {
            continue;
        }
        int64_t stride = (int64_t)stride_of((uint64_t)length);
        if (stride > end - at) {
            if (end > at) {
                uint64_t padding = (uint64_t)(end - at) | (uint64_t)PADDING << 56;
                memcpy(buffer + at, &padding, 8);
            }
            at = FIRST_RECORD;
        }
        uint64_t header[3] = {(uint64_t)stride | (uint64_t)length << 32, (uint64_t)arrivals[i], (uint64_t)releases[i]};
#if defined(__SSE2__)
        if ((streaming || length >= LONG) && offset + length + 16 <= from_bytes) {
            store_streaming(buffer + at, (uint64_t)stride, header, from + offset, (uint64_t)length);
        } else {
            store(buffer + at, header, from + offset, (uint64_t)length);
        }
#else
        (void)streaming;
        store(buffer + at, header, from + offset, (uint64_t)length);
#endif
        at += stride;
    }
#if defined(__SSE2__)
    _mm_sfence(); /* before the position is published */
#endif
    state[0] = at;
    state[1] += bytes;
    return i;
}

/*
 * Finds packets to be forwarded that are due, from a record on, in at most left bytes of records.
 *
 * state: offset of the next record, bytes left; both are brought up to date; then the release time of the packet at which
 * it ended, if it was one that is not due.
 */
int32_t tlem_scan(const uint8_t *buffer, int64_t end, int64_t now, int32_t limit, int64_t *records, int32_t *lengths,
                  int64_t *arrivals, int64_t *releases, int64_t *state) {
    int64_t at = state[0];
    int64_t left = state[1];
    int32_t found = 0;
    while (found < limit && left > 0) {
        if (at == end) {
            at = FIRST_RECORD;
        }
        uint64_t header[3];
        memcpy(header, buffer + at, sizeof header);
        int64_t stride = (int64_t)(header[0] & 0xFFFFFFFF);
        if (header[0] >> 56 == 0) {
            if ((int64_t)header[2] > now) {
                state[2] = (int64_t)header[2];
                break;
            }
            records[found] = at;
            lengths[found] = (int32_t)(header[0] >> 32);
            arrivals[found] = (int64_t)header[1];
            releases[found] = (int64_t)header[2];
            found++;
        }
        at += stride;
        left -= stride;
    }
    state[0] = at;
    state[1] = left;
    return found;
}

/*
 * Copies packets from their records into slots, up to 64 bytes as 64, until one is longer than an ordinary slot holds or
 * its slot does not lie in the port's memory. Returns how many; their bytes are added to *bytes.
 *
 * Behind the records copied lie others, up to known: as many bytes of them as are copied are fetched into the cache, for
 * the next call, which would have to wait for memory if it asked for all of them at once.
 */
int32_t tlem_copy_out(const uint8_t *buffer, int64_t known, const int64_t *records, const int32_t *lengths,
                      int32_t longest, uint8_t *to, int64_t to_bytes, const int64_t *slots, int32_t first_record,
                      int32_t first_slot, int32_t count, int64_t *bytes) {
    records += first_record;
    lengths += first_record;
    slots += first_slot;
    int64_t ahead = records[count - 1] - records[0] + (int64_t)stride_of((uint64_t)lengths[count - 1]);
    if (ahead < AHEAD) {
        ahead = AHEAD;
    }
    if (records[count - 1] + ahead > known) { /* they are not written yet, or begin at the buffer's start again */
        ahead = 0;
    }
    int64_t copied = 0;
    int32_t i = 0;
    for (; i < count; i++) {
        int64_t length = lengths[i];
        int64_t block = length < 64 ? 64 : length;
        if (length > longest || slots[i] < 0 || slots[i] > to_bytes - block) {
            break;
        }
        const uint8_t *from = buffer + records[i] + HEADER;
        uint8_t *slot = to + slots[i];
        copied += length;
        const uint8_t *later = buffer + records[i] + ahead;
        if (block == 64) {
            __builtin_prefetch(later, 0);
            __builtin_prefetch(later + LINE, 0);
            if (i + SLOTS_AHEAD < count) {
                __builtin_prefetch(to + slots[i + SLOTS_AHEAD], 1);
            }
            copy_64(slot, from);
            continue;
        }
        int64_t done = 0;
        for (; done <= block - 64; done += 64) {
            __builtin_prefetch(later + done, 0);
            copy_64(slot + done, from + done);
        }
        if (done < block) {
            __builtin_prefetch(later + done, 0);
            copy_64(slot + block - 64, from + block - 64);
        }
    }
    *bytes += copied;
    return i;
}
