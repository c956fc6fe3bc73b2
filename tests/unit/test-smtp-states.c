/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of states: what each reply, the end of the connection and the time limit mean in each state of
 * the client, for one mail and two, in all three forms of security, and by flights and command by command. A
 * good session is led up to the state, gets the answer there and good ones again; what comes of the whole
 * session is the verdict. */

#include "mail/hint.h"
#include "smtp-session.h"

typedef enum Verdict {
        NONE, /* the table has a hole */
        GO,   /* all mails are delivered, or what had been decided before stands */
        NEXT, /* temporary; the next server address may be tried */
        LOST, /* not reached */
        TEMP, /* the account waits: temporary */
        PE,   /* protocol error: the same, and the connection is cut */
        SETT, /* the account waits: settings */
        HELD,
        INSE, /* insecure */
        MTMP, /* this mail is refused for now, the next one goes on */
        MREF, /* this mail is refused */
        CTMP, /* the same in the middle of its body: the connection is cut */
        CREF,
        UNKN, /* this mail is unknown */
} Verdict;

typedef struct Row {
        const char *step;
        unsigned good; /* the code that lets it go on; 0: nothing is asked for */
        Verdict two, three, busy, four, five, malformed, eof, late;
        unsigned limit; /* seconds */
} Row;

#define BLOCK_LIMIT (3 * USEC_PER_MIN)
#define DRIP_LIMIT  (2 * USEC_PER_MIN)

/* RFC 5321, 4.2 and 4.3.2. The limits: 4.5.3.2; after a TLS handshake's start, which has its own limit
 * outside the client, and while the service is asked, that of a command. */
static const Row rows[STATE_COUNT] = {
        /* clang-format off */
        /*                                good 2yz   3yz   421   4yz   5yz   malf. EOF   limit  */
        [SMTP_GREETING] =    {"greeting", 220, NEXT, NEXT, NEXT, NEXT, NEXT, NEXT, LOST, LOST, 300},
        [SMTP_EHLO] =        {"ehlo",     250, PE,   PE,   PE,   TEMP, SETT, PE,   PE,   PE,   300},
        [SMTP_HELO] =        {"ehlo",     250, PE,   PE,   PE,   TEMP, SETT, PE,   PE,   PE,   300},
        [SMTP_STARTTLS] =    {"starttls", 220, INSE, INSE, INSE, INSE, INSE, PE,   PE,   PE,   300},
        [STARTING_TLS] =     {"tls",      0,   PE,   PE,   PE,   PE,   PE,   PE,   LOST, LOST, 300},
        [SMTP_AUTH] =        {"auth",     235, PE,   PE,   PE,   TEMP, HELD, PE,   PE,   PE,   300},
        [SMTP_AUTH_CANCEL] = {"auth",     0,   TEMP, TEMP, TEMP, TEMP, TEMP, PE,   PE,   PE,   300},
        [SMTP_RSET] =        {"mail",     250, GO,   PE,   PE,   PE,   PE,   PE,   PE,   PE,   300},
        [SMTP_MAIL] =        {"mail",     250, PE,   PE,   PE,   TEMP, SETT, PE,   PE,   PE,   300},
        [SMTP_RCPT] =        {"rcpt",     250, PE,   PE,   PE,   MTMP, MREF, PE,   PE,   PE,   300},
        [SMTP_DATA] =        {"data",     354, PE,   PE,   PE,   MTMP, MREF, PE,   PE,   PE,   120},
        [COMMITTING] =       {"data",     0,   PE,   PE,   PE,   PE,   PE,   PE,   PE,   PE,   300},
        [BODY] =             {"body",     0,   PE,   PE,   PE,   CTMP, CREF, PE,   PE,   PE,   180},
        [SMTP_BODY] =        {"dot",      250, GO,   UNKN, PE,   MTMP, MREF, UNKN, UNKN, UNKN, 600},
        [SMTP_LONE_DOT] =    {"data",     250, GO,   GO,   PE,   GO,   GO,   PE,   PE,   PE,   600},
        [SMTP_QUIT] =        {"",         221, GO,   GO,   GO,   GO,   GO,   GO,   GO,   GO,   5},
        /* clang-format on */
};

/* Codes that their row's class does not cover; the first that fits counts. */
typedef struct Exception {
        unsigned state, first, last;
        Verdict single, flight; /* command by command, and where commands stand behind it */
} Exception;

static const Exception exceptions[] = {
        {SMTP_EHLO, 501, 501, SETT, SETT},
        {SMTP_AUTH, 334, 334, TEMP, PE}, /* PLAIN has nothing more to say: "*", where that can be said */
        {SMTP_AUTH, 504, 504, GO, GO},   /* one other mechanism */
        {SMTP_AUTH, 534, 534, GO, GO},
        {SMTP_AUTH, 500, 503, SETT, SETT},
        {SMTP_AUTH, 530, 530, SETT, SETT},
        {SMTP_AUTH, 538, 538, SETT, SETT},
        {SMTP_MAIL, 555, 555, GO, GO}, /* once more without parameters */
        {SMTP_RCPT, 251, 252, GO, GO},
        {SMTP_RCPT, 552, 552, MTMP, MTMP},
        {SMTP_BODY, 221, 221, UNKN, UNKN}, /* QUIT's */
};

/* Whether commands stand behind the one that STATE waits for. */
static bool in_a_flight(const Play *p, unsigned state)
{
        return p->pipelining && !p->careful &&
               (state == SMTP_MAIL || (state == SMTP_AUTH && !p->by_challenges));
}

/* With one mechanism alone, which asks twice. */
static Verdict verdict_of_login(unsigned code, unsigned asked)
{
        return code == 334 ? asked < 2 ? GO : TEMP : code == 504 ? SETT : code == 534 ? HELD : NONE;
}

static Verdict verdict_of_code(const Play *p, unsigned state, unsigned occurrence, unsigned code)
{
        const Row *row = &rows[state];

        if (p->by_challenges && state == SMTP_AUTH && verdict_of_login(code, occurrence) != NONE)
                return verdict_of_login(code, occurrence);
        /* It is the flight that the server did not take. */
        if (p->pipelining && !p->careful && (code == 500 || code == 503) &&
            (state == SMTP_MAIL || state == SMTP_RCPT || state == SMTP_DATA))
                return PE;
        for (size_t i = 0; i < ELEMENTSOF(exceptions); i++) {
                const Exception *e = &exceptions[i];

                if (e->state == state && code >= e->first && code <= e->last)
                        return in_a_flight(p, state) ? e->flight : e->single;
        }
        /* Where neither TLS nor a login is wanted EHLO may be unknown. */
        if (state == SMTP_EHLO && code >= 500 && p->security == SECURITY_NONE)
                return GO;
        if (code == row->good)
                return GO;
        if (code == 421)
                return row->busy;
        return code < 300 ? row->two : code < 400 ? row->three : code < 500 ? row->four : row->five;
}

static Outcome session_of(Verdict v)
{
        switch (v) {
        case NEXT:
        case TEMP:
        case PE:
                return OUTCOME_TEMPORARY;
        case LOST:
                return OUTCOME_NOT_REACHED;
        case SETT:
                return OUTCOME_SETTINGS;
        case HELD:
                return OUTCOME_LOGIN_REFUSED;
        case INSE:
                return OUTCOME_INSECURE;
        case NONE:
        case GO:
        case MTMP:
        case MREF:
        case CTMP:
        case CREF:
        case UNKN:
                break;
        }
        return OUTCOME_NONE;
}

/* Of the first mail. */
static Outcome mail_of(Verdict v, unsigned state)
{
        bool refused_before = state == SMTP_RSET || state == SMTP_LONE_DOT;
        bool begun = state == SMTP_RCPT || state == SMTP_DATA || state == COMMITTING || state == BODY ||
                     state == SMTP_BODY || (state == SMTP_MAIL && v != PE);

        if (refused_before)
                return OUTCOME_DESTINATION_PERMANENT;
        if (v == GO)
                return OUTCOME_DELIVERED;
        if (v == MTMP || v == CTMP)
                return OUTCOME_DESTINATION_TEMPORARY;
        if (v == MREF || v == CREF)
                return OUTCOME_DESTINATION_PERMANENT;
        if (v == UNKN)
                return OUTCOME_UNKNOWN;
        return begun ? session_of(v) : OUTCOME_NOT_BEGUN;
}

/* Whether QUIT is said: not where the connection is out of order, or commands stand behind the one that was
 * refused. */
static bool is_by_quit(Verdict v, const Play *p, unsigned state)
{
        switch (v) {
        case GO:
        case MTMP:
        case MREF:
        case INSE:
                return true;
        case TEMP:
        case SETT:
        case HELD:
                return !in_a_flight(p, state);
        case NONE:
        case NEXT:
        case LOST:
        case PE:
        case CTMP:
        case CREF:
        case UNKN:
                break;
        }
        return false;
}

/* C has been given the answer: good ones follow, and then it is as VERDICT says. */
static void judge(SmtpClient *c, const Play *p, unsigned state, Verdict v, const char *what)
{
        Result session, first, second = {0};
        bool ok, ends_well = v == GO || v == MTMP || v == MREF;
        Outcome outcome = session_of(v);

        (void)lead(c, p, STATE_COUNT);
        smtp_client_session_result(c, &session);
        assert_true(smtp_client_transaction_result(c, 0, &first));
        if (p->n_mails == 2) {
                assert_true(smtp_client_transaction_result(c, 1, &second));
                /* What was not begun lies on the account. */
                if (!ends_well && outcome == OUTCOME_NONE)
                        outcome = OUTCOME_TEMPORARY;
        }
        ok = v != NONE && session.outcome == outcome && first.outcome == mail_of(v, state) &&
             (session_of(v) == OUTCOME_NONE || streq(step_name(session.step), rows[state].step)) &&
             second.outcome == (p->n_mails == 1 ? OUTCOME_NONE
                                : ends_well     ? OUTCOME_DELIVERED
                                                : OUTCOME_NOT_BEGUN) &&
             smtp_client_may_try_next(c) == (v == NEXT || (v == LOST && state == SMTP_GREETING)) &&
             smtp_client_wants(c) == (is_by_quit(v, p, state) ? SMTP_WANT_DONE : SMTP_WANT_CLOSE);
        if (!ok)
                fail_msg("state %u, security %u, %u mails%s%s: %s: session %s at %s, mails %s and %s, wants "
                         "%u",
                         state, p->security, p->n_mails, p->pipelining ? ", pipelining" : "",
                         p->careful ? ", careful" : "", what, outcome_name(session.outcome),
                         step_name(session.step), outcome_name(first.outcome), outcome_name(second.outcome),
                         smtp_client_wants(c));
}

static void meet_codes(const Play *p, unsigned state, unsigned occurrence)
{
        for (unsigned code = 100; code < 700; code++) {
                bool is_code = code >= 200 && code < 600 && code / 10 % 10 < 6;

                if (!is_code && code % 10 > 0)
                        continue;
                Verdict v = is_code ? verdict_of_code(p, state, occurrence, code) : rows[state].malformed;
                SmtpClient *c = client_in(p, state, occurrence);
                char reply[16];

                /* A challenge is base64. */
                (void)snprintf(reply, sizeof(reply), "%u %s\r\n", code, code == 334 ? "" : "x");
                say(c, code == rows[state].good ? good_answer(c, p) : reply);
                judge(c, p, state, v, reply);
                smtp_client_free(c);
        }
}

static void meet_malformed(const Play *p, unsigned state, unsigned occurrence)
{
        static const char *const malformed[] = {
                "25x\r\n", "250\n",     "250 \r250\r\n",      "+OK\r\n",
                "\r\n",    "250x ok\n", "250-a\r\n251 b\r\n", "250-a\r\n\r\n"};

        for (size_t i = 0; i < ELEMENTSOF(malformed); i++) {
                SmtpClient *c = client_in(p, state, occurrence);

                say(c, malformed[i]);
                judge(c, p, state, rows[state].malformed, malformed[i]);
                smtp_client_free(c);
        }
}

static void meet_eof(const Play *p, unsigned state, unsigned occurrence)
{
        static const char *const before[] = {"", "2", "250-a\r\n", "250 b\r"};

        for (size_t i = 0; i < ELEMENTSOF(before); i++) {
                SmtpClient *c = client_in(p, state, occurrence);
                bool in_clear = *before[i] && state == STARTING_TLS;

                say(c, before[i]);
                smtp_client_eof(c, "closed", 0);
                judge(c, p, state, in_clear ? rows[state].malformed : rows[state].eof, "EOF");
                smtp_client_free(c);
        }
}

/* Up to the last microsecond it waits. Takes C. */
static void wait_until(SmtpClient *c, const Play *p, unsigned state, usec_t limit, const char *what)
{
        unsigned wants = smtp_client_wants(c);

        assert_true(smtp_client_deadline(c) == limit);
        smtp_client_tick(c, limit - 1);
        assert_int_equal(state_of(c), state);
        assert_int_equal(smtp_client_wants(c), wants);
        smtp_client_tick(c, limit);
        judge(c, p, state, rows[state].late, what);
        smtp_client_free(c);
}

/* A silent server; one whose reply drips in; one that does not take what it is sent. */
static void meet_time_limits(const Play *p, unsigned state, unsigned occurrence)
{
        usec_t limit = rows[state].limit * USEC_PER_SEC, begun = USEC_PER_SEC;
        SmtpClient *c = client_in(p, state, occurrence);

        wait_until(c, p, state, limit, "silence");
        if (state != STARTING_TLS) {
                c = client_in(p, state, occurrence);
                assert_int_equal(smtp_client_feed(c, "2", 1, begun), 0);
                wait_until(c, p, state, MIN(limit, begun + DRIP_LIMIT), "a reply that does not end");
        }
        c = stalled_in(p, state, occurrence);
        if (!(smtp_client_wants(c) & SMTP_WANT_WRITE))
                smtp_client_free(c);
        else
                wait_until(c, p, state, state == SMTP_QUIT ? limit : BLOCK_LIMIT, "a full window");
}

/* EHLO comes again in TLS, AUTH at each challenge; of MAIL and what follows the first counts. How often a
 * session comes to STATE. */
static unsigned meet_all(const Play *p, unsigned state)
{
        unsigned most = state == SMTP_EHLO || state == SMTP_AUTH ? 4 : 1;

        for (unsigned occurrence = 0; occurrence < most; occurrence++) {
                SmtpClient *c = client_in(p, state, occurrence);

                if (!c)
                        return occurrence;
                smtp_client_free(c);
                meet_codes(p, state, occurrence);
                meet_malformed(p, state, occurrence);
                meet_eof(p, state, occurrence);
                meet_time_limits(p, state, occurrence);
        }
        return most;
}

static void every_state_meets_everything(void **state_)
{
        static const Security forms[] = {SECURITY_STARTTLS, SECURITY_TLS, SECURITY_NONE};

        for (unsigned state = 0; state < STATE_COUNT; state++) {
                unsigned n = 0;

                assert_non_null(rows[state].step); /* each state has its row */
                for (unsigned form = 0; form < ELEMENTSOF(forms); form++)
                        for (unsigned way = 0; way < 3; way++)
                                for (unsigned mails = 1; mails <= 2; mails++) {
                                        const Play p = {.security = forms[form],
                                                        .pipelining = way > 0,
                                                        .careful = way > 1,
                                                        .n_mails = mails};

                                        n += meet_all(&p, state);
                                }
                if (n == 0)
                        fail_msg("no session comes to state %u", state);
        }
}

static void a_login_by_challenges_meets_everything(void **state)
{
        const Play single = {.security = SECURITY_TLS, .by_challenges = true, .n_mails = 1};
        const Play flights = {
                .security = SECURITY_TLS, .by_challenges = true, .n_mails = 1, .pipelining = true};

        assert_int_equal(meet_all(&single, SMTP_AUTH), 3);
        assert_int_equal(meet_all(&flights, SMTP_AUTH), 3);
}

/* A session that was to begin in TLS, and did not, goes no further. */
static void without_the_tls_that_is_wanted_it_leaves(void **state)
{
        const Play p = {.security = SECURITY_TLS, .n_mails = 1};
        SmtpClient *c = new_client(&p);

        c->tls = false;
        assert_true(lead(c, &p, SMTP_EHLO));
        write_out(c);
        say(c, "250-x\r\n250 STARTTLS\r\n");
        assert_int_equal(state_of(c), SMTP_QUIT);
        judge(c, &p, SMTP_EHLO, INSE, "no TLS");
        smtp_client_free(c);
}

/* The first octet of an alert, and of a handshake. */
static void a_tls_record_is_no_greeting(void **state)
{
        static const char *const records[] = {"\x15\x03", "\x16\x03"};
        const Play p = {.security = SECURITY_STARTTLS, .n_mails = 1};

        for (size_t i = 0; i < ELEMENTSOF(records); i++) {
                SmtpClient *c = new_client(&p);
                Result r;

                say(c, records[i]);
                smtp_client_session_result(c, &r);
                assert_string_equal(r.hint, HINT_PORT_SPEAKS_TLS);
                judge(c, &p, SMTP_GREETING, rows[SMTP_GREETING].malformed, "a TLS record");
                smtp_client_free(c);
        }
}

/* A challenge says nothing to a person, and a refusal becomes a result. */
static void neither_challenge_nor_refusal_is_heard(void **state)
{
        const Play p = {.security = SECURITY_TLS, .by_challenges = true, .test = true, .n_mails = 1};
        SmtpClient *c = client_in(&p, SMTP_AUTH, 0);
        Result r;

        while (smtp_client_take_heard(c, &r))
                assert_int_not_equal(r.step, STEP_AUTH);
        say(c, "334 VXNlcm5hbWU6\r\n");
        write_out(c);
        say(c, "535 no\r\n");
        assert_false(smtp_client_take_heard(c, &r));
        smtp_client_free(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_state_meets_everything),
                cmocka_unit_test(a_login_by_challenges_meets_everything),
                cmocka_unit_test(without_the_tls_that_is_wanted_it_leaves),
                cmocka_unit_test(a_tls_record_is_no_greeting),
                cmocka_unit_test(neither_challenge_nor_refusal_is_heard),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
