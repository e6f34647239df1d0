/*
 * The loops over the records of a shared buffer, in C: the same as in io.tlem.buffer.RecordWriter and OrderedReader, with
 * what Java has not, stores past the caches and prefetching. Below them the loops over the slots of netmap rings: the same as in
 * io.tlem.port.netmap and io.tlem.port.pipe.
 *
 *   record   stride 32 bits, length 24, fate 8 | arrival | release | number | again | tag | packet ... up to stride
 *
 * A packet that was kept where it came is not in its record: its tag is the number of its port's buffer, and nothing is behind it.
 */
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    FIRST_RECORD = 4096, /* offset in the buffer */
    HEADER = 48,
    ALIGNMENT = 64, /* of records */
    MIN_STRIDE = 128,
    WORDS = 32, /* bytes of the header that are written at once */
    KEPT_STRIDE = 64, /* of a packet that was kept */
    ARRIVAL_AT = 8, /* where in the record */
    RELEASE_AT = 16,
    NUMBER_AT = 24,
    TAG_AT = 40,
    KEPT = 2, /* fate of a packet that is to be sent, and was kept */
    LINE = 64, /* of the caches */
    OVERTAKE = 0x80, /* and above: leaves out of turn */
    PADDING = 0xFF,
    LENGTH_LIMIT = 1 << 24,
    AHEAD = 1024,    /* bytes that are fetched ahead, at least */
    MOST_AHEAD = 4096, /* what is fetched earlier leaves the first cache before its turn */
    OWN_AHEAD = 8192, /* bytes that are made this core's own ahead, of short packets: about a batch */
    SLOTS_AHEAD = 8, /* slots that are fetched ahead */
    SHORT = 128 /* up to here a packet has too few lines for the hardware to fetch the next ones by itself */
};

/*
 * What this was made for, which Java compares with its own before it calls: io.tlem.buffer.NativeKernel. The first number
 * goes up whenever there are other functions, also in tlem_guard.c, or their arguments, or what the words of a record mean, change.
 */
const int32_t tlem_layout[] = {5, FIRST_RECORD, HEADER, ALIGNMENT, MIN_STRIDE, PADDING, LENGTH_LIMIT, KEPT_STRIDE, TAG_AT, KEPT};

static uint64_t stride_of(uint64_t length) {
    uint64_t stride = (HEADER + length + ALIGNMENT - 1) & -(uint64_t)ALIGNMENT;
    return stride < MIN_STRIDE ? MIN_STRIDE : stride;
}

/* Half a line, moved at once where the processor can: few stores wait for the same line. */
typedef uint64_t block __attribute__((vector_size(WORDS), aligned(WORDS), may_alias));
typedef uint64_t unaligned_block __attribute__((vector_size(WORDS), aligned(1), may_alias));

#if defined(__x86_64__) && defined(__GLIBC__)
#define FOR_ITS_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_ITS_PROCESSOR
#endif

/* Makes a line this core's own before it is written: a store that has to wait for its line holds up those behind it. */
static inline void own(const uint8_t *line) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*line));
#else
    __builtin_prefetch(line, 1);
#endif
}

static inline void copy_64(uint8_t *to, const uint8_t *from) {
    unaligned_block first = *(const unaligned_block *)from;
    unaligned_block second = *(const unaligned_block *)(from + sizeof first);
    *(unaligned_block *)to = first;
    *(unaligned_block *)(to + sizeof first) = second;
}

#if defined(__SSE2__)
/* Writes whole lines, past the caches: a line that is only written need not be fetched first. */
static inline void store_streaming(uint8_t *record, uint64_t stride, const block *header, int64_t tag, const uint8_t *from,
                                   uint64_t length) {
    __m128i *to = (__m128i *)record;
    __m128i *end = (__m128i *)(record + stride);
    const __m128i *packet = (const __m128i *)from;
    const __m128i *last = (const __m128i *)(from + ((length + 15) & ~(uint64_t)15));
    _mm_stream_si128(to++, _mm_set_epi64x((long long)(*header)[1], (long long)(*header)[0]));
    _mm_stream_si128(to++, _mm_set_epi64x((long long)(*header)[3], (long long)(*header)[2]));
    _mm_stream_si128(to++, _mm_set_epi64x((long long)tag, 0));
    while (packet < last) {
        _mm_stream_si128(to++, _mm_loadu_si128(packet++));
    }
    while (to < end) {
        _mm_stream_si128(to++, _mm_setzero_si128());
    }
}

/* As that, of at most 64 bytes where 64 may be read: two lines. */
static inline void store_streaming_64(uint8_t *record, const block *header, int64_t tag, const uint8_t *from) {
    __m128i *to = (__m128i *)record;
    const __m128i *packet = (const __m128i *)from;
    __m128i first = _mm_loadu_si128(packet);
    __m128i second = _mm_loadu_si128(packet + 1);
    __m128i third = _mm_loadu_si128(packet + 2);
    __m128i fourth = _mm_loadu_si128(packet + 3);
    _mm_stream_si128(to, _mm_set_epi64x((long long)(*header)[1], (long long)(*header)[0]));
    _mm_stream_si128(to + 1, _mm_set_epi64x((long long)(*header)[3], (long long)(*header)[2]));
    _mm_stream_si128(to + 2, _mm_set_epi64x((long long)tag, 0));
    _mm_stream_si128(to + 3, first);
    _mm_stream_si128(to + 4, second);
    _mm_stream_si128(to + 5, third);
    _mm_stream_si128(to + 6, fourth);
    _mm_stream_si128(to + 7, _mm_setzero_si128());
}
#endif

static inline void store(uint8_t *record, const block *header, int64_t tag, const uint8_t *from, uint64_t length) {
    *(block *)record = *header;
    memcpy(record + TAG_AT, &tag, 8);
    if (length <= 64) {
        own(record + OWN_AHEAD);
        own(record + OWN_AHEAD + LINE);
        copy_64(record + HEADER, from);
    } else {
        memcpy(record + HEADER, from, length);
    }
}

/*
 * Whether to write records past the caches. What is better depends on how far apart the two cores are, on the size of the
 * buffer and on what else uses the memory, and a virtual machine's cores move: so the way that has cost less lately is
 * taken, and the other one tried now and then.
 */
enum { CALLS = 2, STREAMED, COST_CACHED, COST_STREAMED }; /* in the state of tlem_append */
enum { TRIAL_EVERY = 1024, TRIAL = 8, TRIAL_SETTLES = 4, COST_SCALE = 256, LEARN = 8 };

static inline int64_t ticks(void) {
#if defined(__x86_64__)
    return (int64_t)__builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

static inline int64_t choose_streaming(int64_t *state) {
    int64_t better = state[COST_STREAMED] < state[COST_CACHED];
    return (state[CALLS]++ & (TRIAL_EVERY - 1)) < TRIAL ? !better : better;
}

static inline void learn(int64_t *state, int64_t streaming, int64_t began, int64_t bytes) {
    int64_t in_mode = streaming == state[STREAMED];
    int64_t *cost = &state[streaming ? COST_STREAMED : COST_CACHED];
    state[STREAMED] = streaming;
    if (bytes == 0 || !in_mode || ((state[CALLS] - 1) & (TRIAL_EVERY - 1)) < TRIAL_SETTLES) {
        return; /* the caches still hold what the other way has left there */
    }
    int64_t sample = (ticks() - began) * COST_SCALE / bytes;
    if (*cost != 0 && sample > 2 * *cost) { /* a pause of the machine */
        sample = 2 * *cost;
    }
    *cost += *cost == 0 ? sample : (sample - *cost) / LEARN;
}

/*
 * Stores packets behind each other, but for those whose release time is omit, until one does not lie in the port's memory,
 * with 64 bytes at least. There is room for all, also when the end of the buffer comes in between. Returns how many were
 * looked at. The packets are numbered from first_number on, those that are not stored among them.
 *
 * tags: more than 0 where the packet stays in its buffer, which has that number; else what goes with the packet. NULL for 0.
 *
 * state: where the next record goes, which is brought up to date; the packets' bytes, to which theirs are added; then four
 * words that are this function's own, 0 at first.
 */
FOR_ITS_PROCESSOR
int32_t tlem_append(uint8_t *buffer, int64_t end, const uint8_t *from, int64_t from_bytes, const int64_t *offsets,
                    const int32_t *lengths, const int64_t *arrivals, int64_t first_number, const int64_t *releases,
                    int64_t omit, const int32_t *tags, int32_t count, int64_t *state) {
    int64_t began = ticks();
    int64_t streaming = choose_streaming(state);
    int64_t stored = 0;
    int64_t at = state[0];
    int64_t bytes = 0;
    int32_t i = 0;
    for (; i < count; i++) {
        int64_t length = lengths[i];
        int64_t offset = offsets[i];
        if (length < 0 || length >= LENGTH_LIMIT || offset < 0 || offset > from_bytes - (length < 64 ? 64 : length)) {
            break;
        }
        int64_t tag = tags == NULL ? 0 : tags[i];
        if (i + SLOTS_AHEAD < count && lengths[i + SLOTS_AHEAD] <= SHORT) { /* longer ones the hardware sees coming */
            __builtin_prefetch(from + offsets[i + SLOTS_AHEAD], 0);
        }
        bytes += length;
        if (releases[i] == omit) {
            continue;
        }
        int64_t stride = tag > 0 ? KEPT_STRIDE : (int64_t)stride_of((uint64_t)length);
        if (stride > end - at) {
            if (end > at) {
                uint64_t padding = (uint64_t)(end - at) | (uint64_t)PADDING << 56;
                memcpy(buffer + at, &padding, 8);
            }
            at = FIRST_RECORD;
        }
        block header = {(uint64_t)stride | (uint64_t)length << 32, (uint64_t)arrivals[i], (uint64_t)releases[i],
                        (uint64_t)(first_number + i)};
        if (tag > 0) {
            header[0] |= (uint64_t)KEPT << 56;
            *(block *)(buffer + at) = header;
            memcpy(buffer + at + TAG_AT, &tag, 8);
            at += stride;
            continue;
        }
#if defined(__SSE2__)
        if (streaming && length <= 64) {
            store_streaming_64(buffer + at, &header, tag, from + offset);
        } else if (streaming && offset + length + 16 <= from_bytes) {
            store_streaming(buffer + at, (uint64_t)stride, &header, tag, from + offset, (uint64_t)length);
        } else
#endif
            store(buffer + at, &header, tag, from + offset, (uint64_t)length);
        at += stride;
        stored += stride;
    }
#if defined(__SSE2__)
    if (streaming && stored > 0) {
        _mm_sfence(); /* before the position is published */
    }
#endif
    learn(state, streaming, began, stored);
    state[0] = at;
    state[1] += bytes;
    return i;
}

/* Copies a packet of 64 bytes or more, and asks for as many of a later one. */
static inline void copy_and_fetch(uint8_t *to, const uint8_t *from, int64_t length, const uint8_t *later) {
    int64_t done = 0;
    for (; done <= length - 64; done += 64) {
        __builtin_prefetch(later + done, 0);
        copy_64(to + done, from + done);
    }
    if (done < length) {
        __builtin_prefetch(later + done, 0);
        copy_64(to + length - 64, from + length - 64);
    }
}

static inline int64_t word_at(const uint8_t *record, int at) {
    int64_t word;
    memcpy(&word, record + at, sizeof word);
    return word;
}

/*
 * Copies packets to be forwarded that are due out of their records, from one on, in at most left bytes of records, into slots,
 * up to 64 bytes as 64. Ends at one that is not due, was due before oldest, is longer than an ordinary slot holds, or whose slot
 * does not lie in the port's memory, or that leaves out of turn. Returns how many; lengths, arrivals, releases and numbers
 * become theirs, and so do tags. Of those that were kept, that is all there is to copy.
 *
 * Behind the records copied lie others: as many bytes of them as the last call has copied, up to a limit, are fetched into the
 * cache, for the next call, which would have to wait for memory if it asked for all of them at once.
 *
 * state: offset of the next record, bytes left; both are brought up to date; then the release time of the packet at which it
 * ended, if there was one; the packets' bytes; and a word that is this function's own, 0 at first.
 */
enum { AT, LEFT, ENDED_AT, BYTES, LAST_COPIED }; /* in the state of tlem_copy_due */

FOR_ITS_PROCESSOR
int32_t tlem_copy_due(const uint8_t *buffer, int64_t end, int64_t now, int64_t oldest, int32_t longest, uint8_t *to,
                      int64_t to_bytes, const int64_t *slots, int32_t *lengths, int64_t *arrivals, int64_t *releases,
                      int64_t *numbers, int32_t *tags, int32_t first, int32_t limit, int64_t *state) {
    int64_t at = state[AT];
    int64_t left = state[LEFT];
    int64_t ahead = state[LAST_COPIED] < AHEAD ? AHEAD : state[LAST_COPIED];
    ahead = ahead > MOST_AHEAD ? MOST_AHEAD : ahead;
    int64_t bytes = 0;
    int64_t moved = 0;
    int32_t i = first;
    int ended = 0;
    while (!ended && i < limit && left > 0) {
        at = at == end ? FIRST_RECORD : at;
        const uint8_t *began = buffer + at;
        const uint8_t *known = began + (left < end - at ? left : end - at); /* what is not written yet is the other core's */
        const uint8_t *record = began;
        while (i < limit && record < known) {
            uint64_t word = (uint64_t)word_at(record, 0);
            int64_t stride = (int64_t)(word & 0xFFFFFFFF);
            uint64_t fate = word >> 56;
            if (fate == 0 || fate == KEPT) {
                int64_t length = (int64_t)(word >> 32 & (LENGTH_LIMIT - 1));
                int64_t release = word_at(record, RELEASE_AT);
                int64_t block = length < 64 ? 64 : length;
                if (release > now || release < oldest || length > longest || slots[i] < 0 || slots[i] > to_bytes - block) {
                    state[ENDED_AT] = release;
                    ended = 1;
                    break;
                }
                const uint8_t *from = record + HEADER;
                uint8_t *slot = to + slots[i];
                const uint8_t *later = record + ahead < known - stride ? record + ahead : record;
                lengths[i] = (int32_t)length;
                arrivals[i] = word_at(record, ARRIVAL_AT);
                releases[i] = release;
                numbers[i] = word_at(record, NUMBER_AT);
                bytes += length;
                memcpy(&tags[i], record + TAG_AT, sizeof tags[i]);
                __builtin_prefetch(later, 0);
                if (fate == KEPT) {
                    /* its port has it */
                } else if (block == 64) {
                    __builtin_prefetch(later + LINE, 0);
                    if (i + SLOTS_AHEAD < limit) {
                        __builtin_prefetch(to + slots[i + SLOTS_AHEAD], 1);
                    }
                    copy_64(slot, from);
                } else {
                    copy_and_fetch(slot, from, length, later + LINE);
                }
                i++;
            } else if (fate >= OVERTAKE && fate != PADDING) {
                ended = 1;
                break;
            }
            record += stride;
        }
        at += record - began;
        left -= record - began;
        moved += record - began;
    }
    state[AT] = at;
    state[LEFT] = left;
    state[BYTES] = bytes;
    state[LAST_COPIED] = moved;
    return i - first;
}

/*
 *   slot    buffer 32 bits, length 16, flags 16 | pointer
 *
 * Another process may write slots at any time: each is read once, and what was read is checked before it is used. Slots lie
 * behind each other from slots on, ring of them, and the first comes after the last.
 */
enum { SLOT = 16, FIRST_BUFFER = 2, BUFFER_CHANGED = 1, MORE_FRAGMENTS = 0x20 };

/* What the loops over slots were made for: io.tlem.os.SlotKernel. */
const int32_t tlem_slot_layout[] = {SLOT, FIRST_BUFFER, BUFFER_CHANGED, MORE_FRAGMENTS};

static inline uint64_t read_slot(const uint8_t *slot) {
    return __atomic_load_n((const uint64_t *)(const void *)slot, __ATOMIC_RELAXED);
}

static inline void write_slot(uint8_t *slot, uint64_t value) {
    __atomic_store_n((uint64_t *)(void *)slot, value, __ATOMIC_RELAXED);
}

static inline int is_buffer(uint64_t slot, int32_t buffer_count) {
    uint32_t index = (uint32_t)slot;
    return index >= FIRST_BUFFER && index < (uint32_t)buffer_count;
}

static inline uint32_t length_of(uint64_t slot) {
    return (uint32_t)(slot >> 32) & 0xFFFF;
}

static inline uint64_t flags_of(uint64_t slot) {
    return slot >> 48;
}

/* Two slots at once: buffer, length and flags, and two words that are the pointer's, of each. */
typedef int32_t slots_2 __attribute__((vector_size(2 * SLOT), aligned(8), may_alias));
typedef int64_t words_4 __attribute__((vector_size(2 * SLOT), aligned(8), may_alias));
typedef int32_t numbers_4 __attribute__((vector_size(SLOT), aligned(4), may_alias));

#if defined(__clang__)
#define FIRST_WORDS(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#else
#define FIRST_WORDS(a, b) __builtin_shuffle(a, b, (words_4){0, 2, 4, 6})
#endif

/* What slots may hold: the bits that matter, and the least and the most that these may be. */
struct limits {
    slots_2 bits, least, most;
};

static inline void set_limits(struct limits *limits, int32_t buffer_count, int32_t bits, int32_t least, int32_t most) {
    int32_t last = buffer_count - 1;
    limits->bits = (slots_2){-1, bits, 0, 0, -1, bits, 0, 0};
    limits->least = (slots_2){FIRST_BUFFER, least, 0, 0, FIRST_BUFFER, least, 0, 0};
    limits->most = (slots_2){last, most, 0, 0, last, most, 0, 0};
}

/* Read once, whatever others write there meanwhile. */
static inline void read_slots(const uint8_t *from, slots_2 *slots) {
    *slots = *(const volatile slots_2 *)(const void *)from;
}

static inline void look_for_faults(const slots_2 *slots, const struct limits *limits, slots_2 *faults) {
    slots_2 seen = *slots & limits->bits;
    *faults |= (seen < limits->least) | (seen > limits->most);
}

static inline int has_any(const slots_2 *faults) {
    words_4 words = (words_4)*faults;
    return ((words[0] | words[1]) | (words[2] | words[3])) != 0;
}

enum { BLOCK = 4 }; /* slots that are looked at together; where one is out of the ordinary, one by one */

static inline void hand_out(const slots_2 *slots, int64_t buffers, int32_t buffer_bytes, int64_t *offsets,
                            int32_t *lengths) {
    words_4 index = FIRST_WORDS((words_4)slots[0], (words_4)slots[1]) & 0xFFFFFFFF;
    *(words_4 *)offsets = index * buffer_bytes + buffers;
    if (lengths != NULL) {
        numbers_4 words = {slots[0][1], slots[0][5], slots[1][1], slots[1][5]};
        *(numbers_4 *)lengths = words & 0xFFFF;
    }
}

/*
 * What tlem_take_slots and tlem_offer_slots have in common. places become offsets of the slots in the memory that slots is at
 * slots_at of; offsets those of their buffers, of which the one with number 0 is at buffers. Of length and flags, the bits given
 * matter.
 */
static inline int32_t look_at_slots(const uint8_t *slots, int64_t slots_at, int32_t ring, int32_t slot, int64_t buffers,
                                    int32_t buffer_bytes, int32_t buffer_count, int32_t bits, int32_t shortest,
                                    int32_t longest, int64_t *offsets, int32_t *lengths, int64_t *places, int32_t first,
                                    int32_t limit) {
    struct limits limits;
    set_limits(&limits, buffer_count, bits, shortest, longest);
    int32_t i = first;
    while (i < limit) {
        const uint8_t *at = slots + (int64_t)slot * SLOT;
        if (limit - i >= BLOCK && ring - slot >= BLOCK) {
            slots_2 block[BLOCK / 2];
            slots_2 faults = {0};
            for (int k = 0; k < BLOCK / 2; k++) {
                read_slots(at + k * 2 * SLOT, &block[k]);
                look_for_faults(&block[k], &limits, &faults);
            }
            if (!has_any(&faults)) {
                hand_out(block, buffers, buffer_bytes, offsets + i, lengths == NULL ? NULL : lengths + i);
                *(words_4 *)(places + i) = (words_4){0, SLOT, 2 * SLOT, 3 * SLOT} + (slots_at + (int64_t)slot * SLOT);
                i += BLOCK;
                slot = slot + BLOCK == ring ? 0 : slot + BLOCK;
                continue;
            }
        }
        uint64_t value = read_slot(at);
        int32_t seen = (int32_t)(value >> 32) & bits;
        if (!is_buffer(value, buffer_count) || seen < shortest || seen > longest) {
            break;
        }
        offsets[i] = buffers + (int64_t)(uint32_t)value * buffer_bytes;
        places[i] = slots_at + (int64_t)slot * SLOT;
        if (lengths != NULL) {
            lengths[i] = (int32_t)length_of(value);
        }
        i++;
        slot = slot + 1 == ring ? 0 : slot + 1;
    }
    return i - first;
}

/*
 * Packets in slots, from one on: entries first to limit become theirs. Ends at a packet in several slots, one that is shorter or
 * longer than allowed, and a buffer that is not there. Returns how many.
 */
FOR_ITS_PROCESSOR
int32_t tlem_take_slots(const uint8_t *slots, int64_t slots_at, int32_t ring, int32_t slot, int64_t buffers,
                        int32_t buffer_bytes, int32_t buffer_count, int32_t shortest, int32_t longest, int64_t *offsets,
                        int32_t *lengths, int64_t *places, int32_t first, int32_t limit) {
    return look_at_slots(slots, slots_at, ring, slot, buffers, buffer_bytes, buffer_count, MORE_FRAGMENTS << 16 | 0xFFFF, shortest,
                         longest, offsets, lengths, places, first, limit);
}

/* Free slots, from one on: entries first to limit become theirs. Ends at a buffer that is not there. Returns how many. */
FOR_ITS_PROCESSOR
int32_t tlem_offer_slots(const uint8_t *slots, int64_t slots_at, int32_t ring, int32_t slot, int64_t buffers,
                         int32_t buffer_bytes, int32_t buffer_count, int64_t *offsets, int64_t *places, int32_t first,
                         int32_t limit) {
    return look_at_slots(slots, slots_at, ring, slot, buffers, buffer_bytes, buffer_count, 0, 0, 0, offsets, NULL,
                         places, first, limit);
}

/*
 * Writes the lengths of entries first to limit into slots, from one on, and which of them have another buffer now: those with a
 * tag more than 0. Ends at one that is longer than a buffer. written becomes the length in each slot. Returns how many.
 */
FOR_ITS_PROCESSOR
int32_t tlem_fill_slots(uint8_t *slots, int32_t ring, int32_t slot, int32_t buffer_bytes, const int32_t *lengths,
                        const int32_t *tags, int32_t *written, int32_t first, int32_t limit) {
    int32_t too_long = 0;
    for (int32_t i = first; i < limit; i++) { /* becomes vector instructions */
        too_long |= lengths[i] > buffer_bytes;
    }
    int32_t end = too_long ? first : limit;
    while (end < limit && lengths[end] <= buffer_bytes) {
        end++;
    }
    for (int32_t i = first; i < end;) {
        int32_t count = end - i < ring - slot ? end - i : ring - slot;
        uint8_t *to = slots + (int64_t)slot * SLOT + 4;
        for (int32_t k = 0; k < count; k++) {
            uint32_t value = ((uint32_t)lengths[i + k] & 0xFFFF) | (tags[i + k] > 0 ? BUFFER_CHANGED << 16 : 0);
            __atomic_store_n((uint32_t *)(void *)(to + (int64_t)k * SLOT), value, __ATOMIC_RELAXED);
        }
        memcpy(written + slot, lengths + i, (size_t)count * sizeof *lengths);
        i += count;
        slot = slot + count == ring ? 0 : slot + count;
    }
    return end - first;
}

/*
 * Moves packets from slots of one ring to those of the same numbers of another, whose buffers the first get in return. Ends at
 * a buffer that is not there, or a packet longer than one. Returns how many slots; in the upper 32 bits, how many of them up to
 * the last that ends a packet. The pointers stay.
 */
FOR_ITS_PROCESSOR
int64_t tlem_move_slots(uint8_t *from, uint8_t *to, int32_t ring, int32_t slot, int32_t buffer_bytes, int32_t buffer_count,
                        int32_t count) {
    const slots_2 buffer = {-1, 0, 0, 0, -1, 0, 0, 0};
    const slots_2 pointer = {0, 0, -1, -1, 0, 0, -1, -1};
    const slots_2 changed = {0, BUFFER_CHANGED << 16, 0, 0, 0, BUFFER_CHANGED << 16, 0, 0};
    struct limits whole, any;
    set_limits(&whole, buffer_count, MORE_FRAGMENTS << 16 | 0xFFFF, 0, buffer_bytes);
    set_limits(&any, buffer_count, 0, 0, 0);
    int64_t complete = 0;
    int32_t i = 0;
    while (i < count) {
        uint8_t *source = from + (int64_t)slot * SLOT;
        uint8_t *target = to + (int64_t)slot * SLOT;
        if (count - i >= BLOCK && ring - slot >= BLOCK) {
            slots_2 moved[BLOCK / 2], given[BLOCK / 2];
            slots_2 faulty = {0};
            for (int k = 0; k < BLOCK / 2; k++) {
                read_slots(source + k * 2 * SLOT, &moved[k]);
                read_slots(target + k * 2 * SLOT, &given[k]);
                look_for_faults(&moved[k], &whole, &faulty);
                look_for_faults(&given[k], &any, &faulty);
            }
            if (!has_any(&faulty)) {
                for (int k = 0; k < BLOCK / 2; k++) {
                    *(slots_2 *)(void *)(target + k * 2 * SLOT) = (moved[k] & ~pointer) | (given[k] & pointer) | changed;
                    *(slots_2 *)(void *)(source + k * 2 * SLOT) = (given[k] & buffer) | (moved[k] & pointer) | changed;
                }
                i += BLOCK;
                complete = i;
                slot = slot + BLOCK == ring ? 0 : slot + BLOCK;
                continue;
            }
        }
        uint64_t value = read_slot(source);
        uint64_t other = read_slot(target);
        if (!is_buffer(value, buffer_count) || !is_buffer(other, buffer_count) ||
            length_of(value) > (uint32_t)buffer_bytes) {
            break;
        }
        write_slot(target, value | (uint64_t)BUFFER_CHANGED << 48);
        write_slot(source, (other & 0xFFFFFFFF) | (uint64_t)BUFFER_CHANGED << 48);
        i++;
        complete = (flags_of(value) & MORE_FRAGMENTS) == 0 ? i : complete;
        slot = slot + 1 == ring ? 0 : slot + 1;
    }
    return complete << 32 | i;
}
