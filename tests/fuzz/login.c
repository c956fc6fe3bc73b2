/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "login.h"

#include "base/base64.h"
#include "fuzz.h"
#include "mail/digest.h"

#define SALT "salt"

typedef struct Mechanism {
        const char *name;
        bool has_initial;
        unsigned n_challenges; /* behind the initial response */
} Mechanism;

static const Mechanism mechanisms[] = {
        {"EXTERNAL", true, 0}, {"OAUTHBEARER", true, 0}, {"XOAUTH2", true, 0},   {"SCRAM-SHA-256", true, 2},
        {"PLAIN", true, 0},    {"LOGIN", false, 2},      {"CRAM-MD5", false, 1},
};

/* The unit of AUTH itself. */
static size_t begin_of(const Wire *w, size_t i)
{
        while (w->units[i].type != UNIT_AUTH)
                i--;
        return i;
}

/* Word N of unit I's line, as a copy; NULL where it has less. */
static char *word_of(const Wire *w, size_t i, unsigned n)
{
        const Unit *u = &w->units[i];
        _cleanup_free_ char *line = fuzz_copy(w->stream.data + u->begin, u->end - u->begin - 2);
        char *rest = line, *word = strsep(&rest, " ");

        while (word && n-- > 0)
                word = strsep(&rest, " ");
        return word ? fuzz_copy(word, strlen(word)) : NULL;
}

static const Mechanism *mechanism_of(const Wire *w, size_t i)
{
        _cleanup_free_ char *name = word_of(w, begin_of(w, i), 1);

        for (size_t k = 0; name && k < ELEMENTSOF(mechanisms); k++)
                if (streq(mechanisms[k].name, name))
                        return &mechanisms[k];
        require(!"a mechanism that was not offered");
        return NULL;
}

/* Decodes TEXT behind what RET holds. */
static bool decode(const char *text, Text *ret)
{
        _cleanup_free_ uint8_t *octets = malloc(strlen(text) + 1);
        size_t n;

        require(octets);
        if (base64_decode(text, strlen(text), octets, &n) < 0)
                return false;
        text_append(ret, octets, n);
        return true;
}

/* The client's first message, without its header, when AUTH came with it or in answer to a challenge. */
static bool client_first(const Wire *w, size_t i, Text *ret)
{
        size_t begin = begin_of(w, i);
        _cleanup_free_ char *word = word_of(w, begin, 2);
        _cleanup_text_ Text message = {0};

        if (!word || !decode(word, &message) || message.size < 3 || memcmp(message.data, "n,,", 3) != 0)
                return false;
        text_append(ret, message.data + 3, message.size - 3);
        return true;
}

static bool server_first(const Wire *w, size_t i, Text *ret)
{
        _cleanup_text_ Text first = {0};
        const char *nonce;

        if (!client_first(w, i, &first) || !(nonce = strstr(first.data, ",r=")))
                return false;
        text_appendf(ret, "%sx,s=", nonce + 1);
        base64_append(ret, SALT, strlen(SALT));
        text_append_string(ret, ",i=1");
        return true;
}

/* RFC 5802, 3: the signature of all that was said, unit I being the client's final message. */
static bool server_final(const Wire *w, size_t i, Text *ret)
{
        _cleanup_free_ char *word = word_of(w, i, 0);
        _cleanup_text_ Text said = {0}, final = {0};
        uint8_t key[SHA256_SIZE], signature[SHA256_SIZE];
        const char *proof;

        if (!client_first(w, i, &said))
                return false;
        text_append_string(&said, ",");
        if (!server_first(w, i, &said) || !decode(word, &final) || final.size == 0 ||
            !(proof = strstr(final.data, ",p=")))
                return false;
        text_append_string(&said, ",");
        text_append(&said, final.data, (size_t)(proof - final.data));
        require(!said.failed && pbkdf2_sha256(w->scene->secret, SALT, strlen(SALT), 1, key) == 0);
        require(hmac_sha256(key, sizeof(key), "Server Key", 10, key) == 0);
        require(hmac_sha256(key, sizeof(key), said.data, said.size, signature) == 0);
        text_append_string(ret, "v=");
        base64_append(ret, signature, sizeof(signature));
        return true;
}

static void append_challenge(const Wire *w, size_t i, const Mechanism *m, unsigned n, Text *ret)
{
        _cleanup_text_ Text message = {0};

        if (streq(m->name, "LOGIN"))
                text_append_string(&message, n == 0 ? "Username:" : "Password:");
        else if (streq(m->name, "CRAM-MD5"))
                text_append_string(&message, "<1.2@smtp.example.com>");
        else if (n == 0)
                (void)server_first(w, i, &message);
        else
                (void)server_final(w, i, &message);
        base64_append(ret, message.data, message.size);
}

bool login_challenge(const Wire *w, size_t i, Text *ret)
{
        const Mechanism *m = mechanism_of(w, i);
        size_t begin = begin_of(w, i), n = i - begin;
        _cleanup_free_ char *initial = word_of(w, begin, 2);
        bool initial_due = m->has_initial && !initial;

        if (initial_due && n == 0)
                return true;
        n -= initial_due;
        if (n >= m->n_challenges)
                return false;
        append_challenge(w, i, m, (unsigned)n, ret);
        return true;
}

bool login_is_proven(const Wire *w, size_t i)
{
        _cleanup_text_ Text message = {0}, final = {0};

        if (!streq(mechanism_of(w, i)->name, "SCRAM-SHA-256"))
                return true;
        if (i < begin_of(w, i) + 2 || !server_final(w, i - 1, &message))
                return false;
        base64_append(&final, message.data, message.size);
        return !final.failed && fuzz_equal(&final, &w->challenge);
}
