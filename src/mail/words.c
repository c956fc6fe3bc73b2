/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/words.h"

/* Compiled in, since a machine without a locale sends such mails as well. A sentence that is a paragraph or
 * a line ends with its line end; what stands within a line does not. */

/* clang-format off */
static const char *const words[WORDS_COUNT][LANGUAGE_COUNT] = {
        [WORDS_SUBJECT] = {
                "IP address:",
                "IPアドレス:"},
        [WORDS_SUBJECT_CHANGED] = {
                "IP address changed:",
                "IPアドレスが変わりました:"},
        [WORDS_SUBJECT_STILL] = {
                "IP address still:",
                "IPアドレスは変わっていません:"},
        [WORDS_SUBJECT_TEST] = {
                "Test: ",
                "テスト: "},
        [WORDS_WAS] = {
                " (was {1})",
                " (以前は {1})"},
        [WORDS_THIS_IS_A_TEST] = {
                "This is a test, which its owner asked for; nothing has changed.\n",
                "これはテストメールです。IPアドレスは変わっていません。\n"},
        [WORDS_HAS_CHANGED] = {
                "The IP address of {1} has changed.\n",
                "{1} のIPアドレスが変わりました。\n"},
        [WORDS_IS] = {
                "This is the IP address of {1}.\n",
                "{1} のIPアドレスをお知らせします。\n"},
        [WORDS_IS_STILL] = {
                "The IP address of {1} is still the one that you were told last.\n"
                "This is a reminder: the line works, and so does this service.\n",
                "{1} のIPアドレスは、前回のメールから変わっていません。\n"
                "回線と通知サービスが動作していることをお知らせする定期メールです。\n"},
        [WORDS_NEW_ADDRESS] = {
                "New {1} address:\n",
                "新しい {1}アドレス:\n"},
        [WORDS_THE_ADDRESS] = {
                "The {1} address:\n",
                "{1}アドレス:\n"},
        [WORDS_OLD_ADDRESS] = {
                "Old {1} address: {2}\n",
                "以前の {1}アドレス: {2}\n"},
        [WORDS_PREFIX] = {
                "Prefix: {1}/64 (was {2}/64)\n",
                "プレフィックス: {1}/64 (以前は {2}/64)\n"},
        [WORDS_INTERFACE] = {
                "Interface: {1}\n",
                "インターフェース: {1}\n"},
        [WORDS_REACHED_IPV4] = {
                "It can be reached from outside, unless a firewall forbids that. Where the\n"
                "provider shares IPv4 addresses (MAP-E), only some ports lead here.\n",
                "外部から接続できるアドレスです (ファイアウォールが許可している場合)。\n"
                "IPv4アドレスを複数の契約者で共有する回線 (MAP-E) では、\n"
                "接続できるのは一部のポートだけです。\n"},
        [WORDS_REACHED_IPV6] = {
                "It can be reached from outside, unless a firewall forbids that.\n",
                "外部から接続できるアドレスです (ファイアウォールが許可している場合)。\n"},
        [WORDS_BEHIND_CGN] = {
                "It can't be reached from outside: the provider shares one address among\n"
                "several customers (carrier-grade NAT, 100.64.0.0/10).\n",
                "外部からは接続できません。プロバイダ側で1つのアドレスを\n"
                "複数の契約者が共有しています (CGN、100.64.0.0/10)。\n"},
        [WORDS_BEHIND_DSLITE] = {
                "It can't be reached from outside: it is the inside of a DS-Lite tunnel\n"
                "(192.0.0.0/29), and the line has no IPv4 address of its own.\n",
                "外部からは接続できません。DS-Lite トンネル内のアドレス (192.0.0.0/29)\n"
                "で、この回線には専用のIPv4アドレスがありません。\n"},
        [WORDS_BEHIND_NAT] = {
                "It can't be reached from outside: it is a private address, used inside this\n"
                "network alone. The router in front of it has the address of the line.\n",
                "外部からは接続できません。このネットワークの中だけで使う\n"
                "プライベートアドレスです。回線側のアドレスは上位のルーターにあります。\n"},
        [WORDS_UNIQUE_LOCAL] = {
                "It can't be reached from outside: it is a unique local address (fc00::/7),\n"
                "used inside this network alone.\n",
                "外部からは接続できません。このネットワークの中だけで使う\n"
                "ユニークローカルアドレス (fc00::/7) です。\n"},
        [WORDS_SAID_BY_GATEWAY] = {
                "It is the address outside, as the router says.\n",
                "回線側のアドレスです (ルーターに問い合わせた結果)。\n"},
        [WORDS_SAID_BY_STUN] = {
                "It is the address outside, as STUN servers see it.\n",
                "回線側のアドレスです (STUN サーバーに問い合わせた結果)。\n"},
        [WORDS_SAID_BY_FILE] = {
                "It is the address outside, as the file of watch.file says.\n",
                "回線側のアドレスです (watch.file のファイルの内容)。\n"},
        [WORDS_BEHIND_ROUTER] = {
                "It can be reached from outside; what comes in gets to this machine where the\n"
                "router forwards its port.\n",
                "外部から接続できるアドレスです。ルーターでポートを転送している場合、\n"
                "この機器に接続できます。\n"},
        [WORDS_ROUTER_PRIVATE] = {
                "Nothing gets in from outside this way: the router's own address is a private\n"
                "one, {1}, so a second router lies in front of it (double NAT).\n",
                "外部からは接続できません。ルーター自身のアドレス {1} は\n"
                "プライベートアドレスで、上位に別のルーターがあります (二重 NAT)。\n"},
        [WORDS_ROUTER_SHARED] = {
                "Nothing gets in from outside this way: the router's own address is {1};\n"
                "the provider shares the one outside among customers (carrier-grade NAT).\n",
                "外部からは接続できません。ルーター自身のアドレスは {1} で、\n"
                "回線側のアドレスは複数の契約者が共有しています (CGN)。\n"},
        [WORDS_SOURCES_DISAGREE] = {
                "Another source says {1}. Which of the two leads here is not known.\n",
                "別の問い合わせ先の結果は {1} でした。どちらが接続先となるかは\n"
                "わかりません。\n"},
        [WORDS_AS_BEFORE] = {
                "{1}: {2} (as before)\n",
                "{1}: {2} (変更なし)\n"},
        [WORDS_NONE_WAS] = {
                "{1}: none now (was {2})\n",
                "{1}: 現在なし (以前は {2})\n"},
        [WORDS_NONE] = {
                "{1}: none now\n",
                "{1}: 現在なし\n"},
        [WORDS_STILL_GONE] = {
                "There has been no {1} address since {2}.\n",
                "{2} 以降、{1}アドレスがありません。\n"},
        [WORDS_GONE_UNTIL] = {
                "There was no {1} address for a time, until {2}.\n",
                "しばらく {1}アドレスがありませんでした ({2} まで)。\n"},
        [WORDS_GONE_FROM] = {
                "There was no {1} address from {2}\n",
                "{1}アドレスがなかった期間: {2} から\n"},
        [WORDS_GONE_TO] = {
                "to {1} ({2}).\n",
                "{1} まで ({2})\n"},
        [WORDS_DAYS_HOURS] = {
                "{1} d {2} h",
                "{1}日{2}時間"},
        [WORDS_HOURS_MINUTES] = {
                "{1} h {2} min",
                "{1}時間{2}分"},
        [WORDS_MINUTES] = {
                "{1} min",
                "{1}分"},
        [WORDS_SECONDS] = {
                "{1} s",
                "{1}秒"},
        [WORDS_BETWEEN] = {
                "{1} addresses since your last mail, the newest first:\n",
                "前回のメール以降の {1}アドレス (新しい順):\n"},
        [WORDS_SINCE] = {
                "  {1} (since {2})\n",
                "  {1} ({2} から)\n"},
        [WORDS_EARLIER] = {
                "  and {1} before these, which are not known any more\n",
                "  それより前の {1} 件は記録に残っていません\n"},
        [WORDS_BEFORE] = {
                "{1} addresses before, the newest first:\n",
                "以前の {1}アドレス (新しい順):\n"},
        [WORDS_TIME] = {
                "Time: {1}\n",
                "日時: {1}\n"},
        [WORDS_PHONE] = {
                "Phone: {1}\n",
                "端末: {1}\n"},
        [WORDS_OTHERS] = {
                "Other addresses of this machine:\n",
                "この機器の他のアドレス:\n"},
        [WORDS_WHAT_TO_DO] = {
                "What to do: put the {1} address into the VPN app, and switch the tunnel\n"
                "off and on.\n",
                "次にすること: VPN アプリに {1}アドレスを設定し、\n"
                "VPN をいったん切って、つなぎ直してください。\n"},
        [WORDS_NOTHING_TO_DO] = {
                "What to do: nothing, if the VPN app uses {1}: that address is as before.\n",
                "次にすること: VPN アプリで {1}アドレスを使っている場合は、\n"
                "今の設定のままで接続できます (変更なし)。\n"},
        [WORDS_NOTHING_GETS_IN] = {
                "What to do: a VPN can't come in this way. Look for the line's own address at\n"
                "the router, or ask the provider for a public one.\n",
                "次にすること: このアドレスには外部から VPN で接続できません。\n"
                "上位のルーターで回線側のアドレスを確認するか、\n"
                "グローバルアドレスの利用についてプロバイダにお問い合わせください。\n"},
        [WORDS_HOW_TO_STOP] = {
                "This mail was sent by ipherald on {1}.\n"
                "To get no more of them, have your address taken out of \"destinations\"\n"
                "in its settings there (usually /etc/ipherald/ipherald.conf).\n",
                "このメールは {1} の ipherald が送信しました。\n"
                "受信を停止するには、管理者に依頼して、設定ファイルの destinations から\n"
                "宛先を外してもらってください (通常は /etc/ipherald/ipherald.conf)。\n"},
        [WORDS_TEMPLATE_UNUSED] = {
                "This file was to be the text of this mail, but could not be used:\n"
                "{1}\n",
                "次のファイルはこのメールの本文になるはずでしたが、使用できませんでした。\n"
                "{1}\n"},
        [WORDS_ATTACHMENT_UNUSED] = {
                "This file was to be attached, but could not be used:\n"
                "{1}\n",
                "次のファイルは添付されるはずでしたが、使用できませんでした。\n"
                "{1}\n"},
        [WORDS_ATTACHMENT_NO_ADDRESS] = {
                "This file is not attached, since it would hold an address that does not\n"
                "exist at present:\n"
                "{1}\n",
                "次のファイルに入れるアドレスが現在ないため、添付していません。\n"
                "{1}\n"},
};
/* clang-format on */

void words_append(Text *t, Words w, Language l, const char *a, const char *b)
{
        const char *p = words[w][l];

        for (;;) {
                const char *place = strchr(p, '{');

                if (!place)
                        break;
                text_append(t, p, (size_t)(place - p));
                text_append_string(t, place[1] == '1' ? a : b);
                p = place + strlen("{1}");
        }
        text_append_string(t, p);
}
