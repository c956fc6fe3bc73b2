/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/hint.h"

/* Hints are data: the texts are one table, the rules that pick one are another, whose first fitting row
 * counts. A rule looks at codes and settings, never at a server's words. */

static const struct {
        const char *id, *text[LANGUAGE_COUNT];
} texts[] = {
        {HINT_ACCOUNT_FORM,
         {"many providers want the whole mail address as the account name (mail.auth.account)",
          "アカウント名 (mail.auth.account) にメールアドレス全体を求めるプロバイダが多くあります"}},
        {HINT_APP_PASSWORD,
         {"the provider wants an app password, which is made in the account's web pages, instead of the "
          "account's own",
          "通常のパスワードではなく、アカウントのウェブページで作るアプリパスワードが必要です"}},
        {HINT_BASIC_LOGIN_OFF,
         {"the provider has switched off login by password for this account; it wants OAuth",
          "このアカウントではパスワードによるログインが止められていて、OAuth が必要です"}},
        {HINT_PASSWORD,
         {"is the password right? It is the credential ipherald.smtp-password; after a change restart the "
          "service",
          "パスワードは正しいですか。資格情報 ipherald.smtp-password "
          "です。変えた後はサービスを再起動してください"}},
        {HINT_POP_PASSWORD,
         {"is the password right? It is the credential ipherald.pop-password; after a change restart the "
          "service",
          "パスワードは正しいですか。資格情報 ipherald.pop-password "
          "です。変えた後はサービスを再起動してください"}},
        {HINT_LOGIN_NEEDED,
         {"the server wants a login, or TLS before it: see mail.auth and mail.security",
          "サーバがログイン、またはその前の TLS を求めています。mail.auth と mail.security "
          "を確かめてください"}},
        {HINT_LOGIN_STRONGER,
         {"the server wants another way to log in than those that mail.auth.mechanisms leaves",
          "mail.auth.mechanisms に残る方式とは別のログイン方式をサーバが求めています"}},
        {HINT_LOGIN_MISSING,
         {"the server offers no login on this port: most do on 587 with starttls or 465 with tls; where "
          "none is wanted set mail.auth.method to \"none\"",
          "このポートではログインを受け付けていません。多くは 587 の starttls か 465 の tls "
          "です。ログインが不要なら mail.auth.method を \"none\" にしてください"}},
        {HINT_HELO,
         {"the server refuses the name that this machine gives of itself: set mail.helo to a full host name",
          "このマシンが名乗る名前をサーバが拒みました。mail.helo に完全なホスト名を設定してください"}},
        {HINT_SENDER,
         {"the server refuses the sender: many want mail.from to be the account's own address",
          "差出人をサーバが拒みました。mail.from にアカウント自身のアドレスを求めるサーバが多くあります"}},
        {HINT_RECIPIENT,
         {"does this mailbox exist? See destinations",
          "この宛先のメールボックスは実在しますか。destinations を確かめてください"}},
        {HINT_MAILBOX_FULL,
         {"the mailbox has no room left: its owner has to delete something",
          "宛先のメールボックスがいっぱいです。持ち主が不要なメールを消す必要があります"}},
        {HINT_RELAY,
         {"the server takes no mail for others from here: does it want a login (mail.auth)?",
          "ここからの中継をサーバが拒みました。ログイン (mail.auth) が必要ではありませんか"}},
        {HINT_POP_RELAY,
         {"the login by POP3 was taken, and yet the server takes no mail for others from here: does it know "
          "POP before SMTP? If not, set mail.auth.method to \"smtp\"",
          "POP3 のログインは通りましたが、ここからの中継をサーバが拒みました。POP before SMTP "
          "に対応していなければ mail.auth.method を \"smtp\" にしてください"}},
        {HINT_GREYLISTED,
         {"some servers put a stranger's first mail off (greylisting): it is tried again by itself",
          "初めての相手のメールを一度断るサーバがあります (グレーリスティング)。自動で再送します"}},
        {HINT_CONTENT,
         {"the server does not like this mail, perhaps as spam: many want mail.from to be the account's own "
          "address",
          "サーバがこのメールを迷惑メールなどとして拒みました。mail.from "
          "にアカウント自身のアドレスを求めるサーバが多くあります"}},
        {HINT_SERVER_NAME,
         {"is the name of the server right (mail.server), and does this machine reach a name server?",
          "サーバの名前 (mail.server) は正しいですか。このマシンから DNS サーバに届きますか"}},
        {HINT_SERVER_PORT,
         {"are mail.server and mail.port right? 587 is usual with starttls, 465 with tls",
          "mail.server と mail.port は正しいですか。starttls は 587、tls は 465 が普通です"}},
        {HINT_POP_SERVER,
         {"are mail.auth.pop.server, its port and its security right? 995 is usual with tls, 110 with "
          "starttls",
          "mail.auth.pop.server とその port、security は正しいですか。tls は 995、starttls は 110 "
          "が普通です"}},
        {HINT_PORT_BLOCKED,
         {"many lines block port 25: ask the provider for its submission port, 587 or 465",
          "ポート 25 を塞ぐ回線が多くあります。プロバイダに投稿用ポート (587 か 465) を確かめてください"}},
        {HINT_NO_WAY,
         {"this machine has no way to the server's address: is the line up?",
          "このマシンからサーバのアドレスへの経路がありません。回線はつながっていますか"}},
        {HINT_PORT_SPEAKS_TLS,
         {"does this port speak TLS from the first octet? Then set mail.security to \"tls\"",
          "このポートは最初から TLS ではありませんか。そうなら mail.security を \"tls\" にしてください"}},
        {HINT_GREETING_REFUSED,
         {"the server takes no connection from this address: many refuse home lines on port 25; your own "
          "provider's server with a login, on port 587 or 465, should not",
          "このアドレスからの接続をサーバが拒みました。ポート 25 "
          "で家庭の回線を拒むサーバが多くあります。ご自分のプロバイダのサーバにポート 587 か 465 "
          "でログインしてください"}},
        {HINT_RATE_LIMITED,
         {"the server limits how many mails it takes in a time",
          "サーバが一定時間に受け取るメールの数を制限しています"}},
        {HINT_CREDENTIAL_MISSING,
         {"put the password into /etc/credstore/ipherald.smtp-password (root, 0600) and restart the service",
          "パスワードを /etc/credstore/ipherald.smtp-password (root, 0600) "
          "に置き、サービスを再起動してください"}},
        {HINT_POP_CREDENTIAL,
         {"put the password into /etc/credstore/ipherald.pop-password (root, 0600) and restart the service",
          "パスワードを /etc/credstore/ipherald.pop-password (root, 0600) "
          "に置き、サービスを再起動してください"}},
        {HINT_TOKEN,
         {"is the token in mail.auth.token_file fresh, for this account, and for sending mail?",
          "mail.auth.token_file のトークンは新しく、このアカウントのメール送信に使えるものですか"}},
        {HINT_LOGIN_EXTERNAL,
         {"does the server know the certificate (mail.tls.certificate), and may it log in as "
          "mail.auth.account?",
          "サーバはこの証明書 (mail.tls.certificate) を知っていますか。mail.auth.account "
          "としてのログインを許していますか"}},
        {HINT_TOKEN_FILE,
         {"mail.auth.token_file has to hold the token as its one line, and the service has to be able "
          "to read it (SupplementaryGroups= in a drop-in)",
          "mail.auth.token_file はトークン一行だけのファイルで、サービスから読める必要があります "
          "(ドロップインの SupplementaryGroups=)"}},
        {HINT_CLIENT_CERTIFICATE,
         {"mail.tls.certificate has to be a readable file of PEM certificates, and the credential "
          "ipherald.tls-key its key (PEM, not encrypted)",
          "mail.tls.certificate は PEM 証明書の読めるファイル、資格情報 ipherald.tls-key は"
          "その鍵 (暗号化しない PEM) にしてください"}},
        {HINT_MECHANISMS,
         {"the server and this program know no login method in common: see mail.auth.mechanisms",
          "サーバとこのプログラムに共通のログイン方式がありません。mail.auth.mechanisms "
          "を確かめてください"}},
        {HINT_LOGIN_NEEDS_TLS,
         {"a password is never sent without TLS: set mail.security to \"starttls\" or \"tls\"",
          "パスワードを TLS なしで送ることはありません。mail.security を \"starttls\" か \"tls\" "
          "にしてください"}},
        {HINT_STARTTLS_MISSING,
         {"the server offers no STARTTLS on this port, or somebody between removes it: try mail.security = "
          "\"tls\" with port 465",
          "このポートに STARTTLS がないか、途中の誰かが消しています。mail.security = \"tls\" とポート 465 "
          "を試してください"}},
        {HINT_STARTTLS_PORT,
         {"is this the STARTTLS port? Then set mail.security to \"starttls\"",
          "STARTTLS 用のポートではありませんか。そうなら mail.security を \"starttls\" にしてください"}},
        {HINT_TLS_OLD,
         {"the server speaks TLS below 1.2 alone, which is not safe any more",
          "サーバが TLS 1.2 より古いものしか話しません。もう安全ではありません"}},
        {HINT_CERTIFICATE_NAME,
         {"the certificate is for other names: set mail.server, or mail.tls.name, to one of them",
          "証明書は別の名前のものです。mail.server か mail.tls.name を証明書の名前のどれかにしてください"}},
        {HINT_CERTIFICATE_EXPIRED,
         {"the certificate has expired; is this machine's clock right?",
          "証明書の期限が切れています。このマシンの時計は合っていますか"}},
        {HINT_CERTIFICATE_TOO_NEW,
         {"the certificate is not valid yet; is this machine's clock right?",
          "証明書はまだ有効ではありません。このマシンの時計は合っていますか"}},
        {HINT_CERTIFICATE_UNKNOWN,
         {"the certificate is signed by nobody this machine trusts; for a server of your own name its "
          "certificate in mail.tls.ca_file",
          "このマシンが信頼する認証局の証明書ではありません。ご自分のサーバなら、その証明書を "
          "mail.tls.ca_file に設定してください"}},
        {HINT_CERTIFICATE_REVOKED,
         {"the certificate was revoked: only who runs the server can mend it",
          "証明書は失効しています。直せるのはサーバの管理者だけです"}},
        {HINT_CERTIFICATE_UNFIT,
         {"the certificate itself is at fault: only who runs the server can mend it; is it the right server "
          "(mail.server)?",
          "証明書そのものに問題があり、直せるのはサーバの管理者だけです。サーバ (mail.server) "
          "は正しいですか"}},
        {HINT_CA_FILE,
         {"mail.tls.ca_file has to be a readable file of PEM certificates",
          "mail.tls.ca_file は、読める PEM 形式の証明書ファイルでなければなりません"}},
        {HINT_MAIL_SIZE,
         {"the server takes no mail as large as this one", "サーバはこの大きさのメールを受け取りません"}},
        {HINT_INTERNATIONAL,
         {"the server takes no address with letters outside of ASCII (SMTPUTF8)",
          "サーバは ASCII 以外の文字を含むアドレスを受け取りません (SMTPUTF8)"}},
};

#define ANY_STEP 0 /* STEP_NONE never fails */

static bool account_has_no_at(const MailSettings *mail)
{
        return mail->account && !strchr(mail->account, '@');
}

static bool port_is_smtp(const MailSettings *mail)
{
        return mail->port == 25;
}

static bool port_is_tls(const MailSettings *mail)
{
        return mail->port == 465 && mail->security != SECURITY_TLS;
}

static bool has_token(const MailSettings *mail)
{
        return mail->token_file;
}

static bool logs_in_by_pop3(const MailSettings *mail)
{
        return mail->method == AUTH_METHOD_POP_BEFORE_SMTP;
}

static bool has_no_login(const MailSettings *mail)
{
        return mail->method == AUTH_METHOD_NONE;
}

static const struct {
        Step step;
        Outcome outcome;      /* OUTCOME_NONE: any */
        unsigned code;        /* 0: any */
        const char *enhanced; /* NULL: any; "": none */
        bool (*when)(const MailSettings *mail);
        const char *hint;
} rules[] = {
        {ANY_STEP, .code = 550, .enhanced = "5.7.30", .hint = HINT_BASIC_LOGIN_OFF},
        {STEP_AUTH, .code = 535, .enhanced = "5.7.139", .hint = HINT_BASIC_LOGIN_OFF},
        {STEP_AUTH, .code = 534, .enhanced = "5.7.9", .hint = HINT_APP_PASSWORD},
        {ANY_STEP, .code = 530, .hint = HINT_LOGIN_NEEDED},
        {ANY_STEP, .code = 538, .hint = HINT_LOGIN_NEEDED},
        {STEP_AUTH, OUTCOME_LOGIN_REFUSED, .when = has_token, .hint = HINT_TOKEN},
        {STEP_AUTH, OUTCOME_LOGIN_REFUSED, .when = account_has_no_at, .hint = HINT_ACCOUNT_FORM},
        {STEP_AUTH, .code = 534, .hint = HINT_LOGIN_STRONGER},
        {STEP_AUTH, OUTCOME_LOGIN_REFUSED, .hint = HINT_PASSWORD},
        {STEP_POP3, OUTCOME_LOGIN_REFUSED, .when = account_has_no_at, .hint = HINT_ACCOUNT_FORM},
        {STEP_POP3, OUTCOME_LOGIN_REFUSED, .hint = HINT_POP_PASSWORD},
        {STEP_POP3, OUTCOME_NOT_REACHED, .hint = HINT_POP_SERVER},
        {STEP_AUTH, .code = 504, .hint = HINT_MECHANISMS},
        {STEP_AUTH, .code = 500, .hint = HINT_LOGIN_MISSING},
        {STEP_AUTH, .code = 502, .hint = HINT_LOGIN_MISSING},
        {STEP_AUTH, .code = 503, .hint = HINT_LOGIN_MISSING},
        {STEP_EHLO, .code = 501, .hint = HINT_HELO},
        {STEP_EHLO, .code = 550, .hint = HINT_HELO},
        {ANY_STEP, .enhanced = "5.3.4", .hint = HINT_MAIL_SIZE},
        {ANY_STEP, .enhanced = "4.2.2", .hint = HINT_MAILBOX_FULL},
        {ANY_STEP, .enhanced = "5.2.2", .hint = HINT_MAILBOX_FULL},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, .enhanced = "5.1.1", .hint = HINT_RECIPIENT},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, .enhanced = "5.7.1", .when = logs_in_by_pop3,
         .hint = HINT_POP_RELAY},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, 550, "", .hint = HINT_RECIPIENT},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, .enhanced = "5.7.1", .when = has_no_login,
         .hint = HINT_RELAY},
        {ANY_STEP, .enhanced = "4.7.28", .hint = HINT_RATE_LIMITED},
        {ANY_STEP, .enhanced = "5.4.5", .hint = HINT_RATE_LIMITED},
        {STEP_RCPT, OUTCOME_DESTINATION_TEMPORARY, .enhanced = "4.7.1", .hint = HINT_GREYLISTED},
        {STEP_DOT, OUTCOME_DESTINATION_PERMANENT, 552, .hint = HINT_MAIL_SIZE},
        {STEP_DOT, OUTCOME_DESTINATION_PERMANENT, .hint = HINT_CONTENT},
        {STEP_MAIL, OUTCOME_SETTINGS, .hint = HINT_SENDER},
        {STEP_RESOLVE, .hint = HINT_SERVER_NAME},
        {STEP_CONNECT, .when = port_is_smtp, .hint = HINT_PORT_BLOCKED},
        {STEP_CONNECT, .hint = HINT_SERVER_PORT},
        {STEP_GREETING, .code = 550, .hint = HINT_GREETING_REFUSED},
        {STEP_GREETING, .code = 554, .hint = HINT_GREETING_REFUSED},
        {STEP_GREETING, OUTCOME_NOT_REACHED, .when = port_is_tls, .hint = HINT_PORT_SPEAKS_TLS},
};

const char *hint_for_result(const Result *r, const MailSettings *mail)
{
        if (r->hint[0])
                return r->hint;
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                if ((rules[i].step == ANY_STEP || rules[i].step == r->step) &&
                    (rules[i].outcome == OUTCOME_NONE || rules[i].outcome == r->outcome) &&
                    (rules[i].code == 0 || rules[i].code == r->code) &&
                    (!rules[i].enhanced || streq(rules[i].enhanced, r->enhanced)) &&
                    (!rules[i].when || rules[i].when(mail)))
                        return rules[i].hint;
        }
        return "";
}

const char *hint_text(const char *id, Language language)
{
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (streq(texts[i].id, id))
                        return texts[i].text[language];
        return NULL;
}
