// SPDX-License-Identifier: GPL-2.0-or-later
#include <gnutls/crypto.h>
#include <string.h>

#include <sanitizer/msan_interface.h>

/* What was not built under MemorySanitizer writes unseen, and what it has written would be taken for never
 * written. Each function of GnuTLS that core calls is wrapped by one that says so: a new one needs its own.
 * Of the C library's the sanitizer knows all but explicit_bzero(). The names are the linker's (--wrap). */
void __real_explicit_bzero(void *data, size_t size);
void __wrap_explicit_bzero(void *data, size_t size);
int __real_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret);
int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret);
int __real_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret);
int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret);
int __real_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size);
int __wrap_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size);

void __wrap_explicit_bzero(void *data, size_t size)
{
        __real_explicit_bzero(data, size);
        __msan_unpoison(data, size);
}

int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret)
{
        int r;

        __msan_check_mem_is_initialized(data, size);
        r = __real_gnutls_hash_fast(algorithm, data, size, ret);
        __msan_unpoison(ret, gnutls_hash_get_len(algorithm));
        return r;
}

int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret)
{
        int r;

        __msan_check_mem_is_initialized(key, key_size);
        __msan_check_mem_is_initialized(data, size);
        r = __real_gnutls_hmac_fast(algorithm, key, key_size, data, size, ret);
        __msan_unpoison(ret, gnutls_hmac_get_len(algorithm));
        return r;
}

int __wrap_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size)
{
        int r;

        __msan_check_mem_is_initialized(key->data, key->size);
        __msan_check_mem_is_initialized(salt->data, salt->size);
        r = __real_gnutls_pbkdf2(mac, key, salt, rounds, ret, size);
        __msan_unpoison(ret, size);
        return r;
}
