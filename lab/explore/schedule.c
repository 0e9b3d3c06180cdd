/* schedule.c - schedules as text. */
#include "schedule.h"

#include <ctype.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void schedule_take(struct schedule *s)
{
    s->segments = record->segments;
    s->choices = record->choices;
    s->from_start = true;
    s->spurious = spurious_wakeups;
    s->build = build_id();
    memcpy(s->segment, record->segment,
           sizeof *s->segment * (size_t)s->segments);
    memcpy(s->choice, record->choice, (size_t)s->choices);
}

struct strategy schedule_strategy(const struct schedule *s, bool strict)
{
    return (struct strategy){
        .kind = REPLAY, .strict = strict, .main_first = !s->from_start,
        .segment = s->segment, .segments = s->segments,
        .choice = s->choice, .choices = s->choices,
    };
}

void schedule_print(const struct schedule *s, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (int i = 0; i < s->segments && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%sT%u:%u", i ? " " : "",
                              s->segment[i].thread, s->segment[i].steps);
    for (int i = 0; i < s->choices && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%u",
                              i ? "," : " choose:", s->choice[i]);
    if (s->spurious && n < size)
        n += (size_t)snprintf(text + n, size - n, " spurious");
    if (s->build && n < size)
        snprintf(text + n, size - n, " build:%08x", s->build);
}

static int number(const char **text, long most, long *value)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return -1;
    *value = strtol(*text, &end, 10);
    *text = end;
    return *value > most ? -1 : 0;
}

static int parse_stretch(struct schedule *s, const char **text)
{
    long thread, steps;

    ++*text;
    if (s->segments == MAX_SEGMENTS ||
        number(text, MAX_THREADS - 1, &thread) == -1 || *(*text)++ != ':' ||
        number(text, 1000000, &steps) == -1)
        return -1;
    if (s->segments == 0)
        s->from_start = thread == 0;
    s->segment[s->segments++] =
        (struct segment){ (uint16_t)thread, (uint32_t)steps };
    return 0;
}

static int parse_choices(struct schedule *s, const char **text)
{
    long c;

    do {
        if (s->choices == MAX_CHOICES || number(text, 255, &c) == -1)
            return -1;
        s->choice[s->choices++] = (uint8_t)c;
    } while (**text == ',' && ++*text);
    return 0;
}

static int parse_build(struct schedule *s, const char **text)
{
    char *end;

    if (!isxdigit((unsigned char)**text))
        return -1;
    s->build = (uint32_t)strtoul(*text, &end, 16);
    *text = end;
    return 0;
}

static int parse_word(struct schedule *s, const char **text)
{
    if (**text == 'T')
        return parse_stretch(s, text);
    if (strncmp(*text, "choose:", 7) == 0) {
        *text += 7;
        return parse_choices(s, text);
    }
    if (strncmp(*text, "spurious", 8) == 0) {
        *text += 8;
        s->spurious = true;
        return 0;
    }
    if (strncmp(*text, "build:", 6) == 0) {
        *text += 6;
        return parse_build(s, text);
    }
    return -1;
}

/* What is wrong with a word, in a sentence. */
static void complain(const struct schedule *s, const char *word, char *why,
                     size_t size)
{
    if (s->segments == MAX_SEGMENTS || s->choices == MAX_CHOICES)
        snprintf(why, size,
                 "the schedule has more than %d stretches, or %d choices",
                 MAX_SEGMENTS - 1, MAX_CHOICES - 1);
    else
        snprintf(why, size, "'%.*s' is no stretch such as T1:4",
                 (int)strcspn(word, " \t\n"), word);
}

int schedule_parse(struct schedule *s, const char *text, char *why,
                   size_t size)
{
    s->segments = s->choices = 0;
    s->from_start = s->spurious = false;
    s->build = 0;
    for (const char *at = text;;) {
        while (isspace((unsigned char)*at))
            at++;
        if (*at == '\0')
            break;
        const char *word = at;
        if (parse_word(s, &at) == -1 || (*at && !isspace((unsigned char)*at))) {
            complain(s, word, why, size);
            return -1;
        }
    }
    if (s->build && s->build != build_id()) {
        snprintf(why, size,
                 "the schedule is of another build (%08x; this one is %08x)",
                 s->build, build_id());
        return -1;
    }
    return 0;
}

static int find_note(struct dl_phdr_info *info, size_t size, void *id)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        const char *at = (const char *)(info->dlpi_addr + p->p_vaddr);
        const char *end = at + p->p_memsz;
        while (p->p_type == PT_NOTE && at < end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const char *name = at + sizeof *note;
            if (note->n_type == NT_GNU_BUILD_ID && strcmp(name, "GNU") == 0)
                memcpy(id, name + 4, sizeof(uint32_t));
            at = name + (note->n_namesz + 3) / 4 * 4 +
                 (note->n_descsz + 3) / 4 * 4;
        }
    }
    return 1;
}

uint32_t build_id(void)
{
    static uint32_t id;

    if (!id)
        dl_iterate_phdr(find_note, &id);
    return id;
}
